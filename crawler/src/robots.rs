//! robots.txt after RFC 9309.

/// A parsed robots.txt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RobotsFile {}

impl RobotsFile {
    /// Reads a robots.txt; never fails. What lies beyond 500 KiB is passed over.
    pub fn parse(bytes: &[u8]) -> RobotsFile {
        let _ = bytes;
        unimplemented!()
    }
    /// Whether the agent may fetch the address.
    pub fn allowed(&self, ua_token: &str, url: &str) -> bool {
        let _ = (ua_token, url);
        unimplemented!()
    }
    /// Seconds between requests asked of the agent.
    pub fn crawl_delay(&self, ua_token: &str) -> Option<f64> {
        let _ = ua_token;
        unimplemented!()
    }
    /// Sitemaps named.
    pub fn sitemaps(&self) -> &[String] {
        unimplemented!()
    }
}

/// The answer of [`inspect`].
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RobotsAnswer {
    /// Whether the agent may fetch the address.
    pub allowed: bool,
    /// Seconds between requests, where asked.
    pub crawl_delay: Option<f64>,
}

/// One question to one robots.txt, for administrators and tests.
pub fn inspect(robots: &str, ua: &str, url: &str) -> RobotsAnswer {
    let file = RobotsFile::parse(robots.as_bytes());
    RobotsAnswer {
        allowed: file.allowed(ua, url),
        crawl_delay: file.crawl_delay(ua),
    }
}
