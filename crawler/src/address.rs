//! One spelling per page address, so that a page is not fetched under ten of them.

/// Resolves `href` against `base` and gives the one spelling under which the page is kept.
/// `None` for anything but http(s).
pub fn canonical_url(base: &str, href: &str) -> Option<String> {
    let _ = (base, href);
    unimplemented!()
}

/// The host of an address, lower case, without port.
pub fn host_of(url: &str) -> Option<String> {
    let _ = url;
    unimplemented!()
}
