//! How the HTML standard's tree construction treats each element by its name. Data and its look-up
//! only; the rules are `quick_tree`'s.

use std::sync::OnceLock;

/// What a tag of this name does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No rule of its own.
    Other,
    Html,
    Head,
    Body,
    /// `base`, `link`, `meta` …: void, of the head.
    HeadVoid,
    /// `title`: text with character references, of the head.
    Title,
    Textarea,
    Script,
    /// `style`, `noframes`, `noscript`: raw text, of the head.
    HeadRaw,
    /// `iframe`, `noembed`: raw text.
    Raw,
    Xmp,
    /// Closes a paragraph, is closed by its own tag.
    Block,
    /// `pre`, `listing`: a block whose first line end is not its text.
    Pre,
    Paragraph,
    Heading,
    ListItem,
    /// `dd`, `dt`.
    Definition,
    Form,
    Button,
    Select,
    Option,
    Optgroup,
    Anchor,
    /// `b`, `i`, `font` …: opened again where they were not closed.
    Formatting,
    Nobr,
    /// `applet`, `marquee`, `object`: a scope of its own.
    Object,
    /// `br`, `img` …: void, within a line.
    Void,
    Input,
    /// `param`, `source`, `track`: void, beside the text.
    Param,
    Rule,
    Table,
    Caption,
    Colgroup,
    Col,
    /// `tbody`, `thead`, `tfoot`.
    Section,
    Row,
    /// `td`, `th`.
    Cell,
    Svg,
    /// Contents of its own, read by the rules of a body.
    Template,
    /// `rb`, `rt` …: end one another within a `ruby`.
    Ruby,
    /// `image`: written for `img`.
    Image,
    /// Ignored within a body.
    Frame,
    /// Rules that only the full parser follows.
    Refused,
    /// Closed by `</form>` while something inside is still open.
    Ghost,
}

/// One of the standard's special elements.
pub(super) const SPECIAL: u8 = 1;
/// Bounds a scope.
pub(super) const SCOPE: u8 = 2;
/// Its end may be left out.
pub(super) const IMPLIED: u8 = 4;
/// Bounds the scope of list items.
pub(super) const LIST: u8 = 8;
/// Breaks out of SVG.
pub(super) const BREAKOUT: u8 = 16;

const KINDS: &[(&str, Kind, u8)] = &[
    ("html", Kind::Html, SPECIAL | SCOPE),
    ("head", Kind::Head, SPECIAL | BREAKOUT),
    ("body", Kind::Body, SPECIAL | BREAKOUT),
    ("base basefont bgsound link", Kind::HeadVoid, SPECIAL),
    ("meta", Kind::HeadVoid, SPECIAL | BREAKOUT),
    ("title", Kind::Title, SPECIAL),
    ("textarea", Kind::Textarea, SPECIAL),
    ("script", Kind::Script, SPECIAL),
    ("style noframes noscript", Kind::HeadRaw, SPECIAL),
    ("iframe noembed", Kind::Raw, SPECIAL),
    ("xmp", Kind::Xmp, SPECIAL),
    (
        "address article aside details dir fieldset figcaption figure footer header hgroup main nav \
         section summary",
        Kind::Block,
        SPECIAL,
    ),
    ("blockquote center div dl menu", Kind::Block, SPECIAL | BREAKOUT),
    ("ol ul", Kind::Block, SPECIAL | BREAKOUT | LIST),
    ("dialog search", Kind::Block, 0),
    ("pre listing", Kind::Pre, SPECIAL | BREAKOUT),
    ("p", Kind::Paragraph, SPECIAL | IMPLIED | BREAKOUT),
    ("h1 h2 h3 h4 h5 h6", Kind::Heading, SPECIAL | BREAKOUT),
    ("li", Kind::ListItem, SPECIAL | IMPLIED | BREAKOUT),
    ("dd dt", Kind::Definition, SPECIAL | IMPLIED | BREAKOUT),
    ("form", Kind::Form, SPECIAL),
    ("button", Kind::Button, SPECIAL),
    ("select", Kind::Select, SPECIAL | SCOPE),
    ("option", Kind::Option, IMPLIED),
    ("optgroup", Kind::Optgroup, IMPLIED),
    ("a", Kind::Anchor, 0),
    ("b big code em i s small strike strong tt u font", Kind::Formatting, BREAKOUT),
    ("nobr", Kind::Nobr, BREAKOUT),
    ("span sub sup var", Kind::Other, BREAKOUT),
    ("applet marquee object", Kind::Object, SPECIAL | SCOPE),
    ("area keygen wbr", Kind::Void, SPECIAL),
    ("br embed img", Kind::Void, SPECIAL | BREAKOUT),
    ("input", Kind::Input, SPECIAL),
    ("param source track", Kind::Param, SPECIAL),
    ("hr", Kind::Rule, SPECIAL | BREAKOUT),
    ("table", Kind::Table, SPECIAL | SCOPE | BREAKOUT),
    ("caption", Kind::Caption, SPECIAL | SCOPE),
    ("colgroup", Kind::Colgroup, SPECIAL),
    ("col", Kind::Col, SPECIAL),
    ("tbody thead tfoot", Kind::Section, SPECIAL),
    ("tr", Kind::Row, SPECIAL),
    ("td th", Kind::Cell, SPECIAL | SCOPE),
    ("svg", Kind::Svg, 0),
    ("frame", Kind::Frame, SPECIAL),
    ("template", Kind::Template, SPECIAL | SCOPE),
    ("image", Kind::Image, 0),
    ("frameset plaintext", Kind::Refused, SPECIAL),
    ("math", Kind::Refused, BREAKOUT),
    ("ruby", Kind::Other, BREAKOUT),
    ("rb rtc rp rt", Kind::Ruby, IMPLIED | BREAKOUT),
];

/// Slots of the table; a power of two, several times the names.
const SLOTS: usize = 1_024;

/// A name as a number: its bytes where they fit, else a hash of them.
pub(super) fn key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    if bytes.len() <= 8 {
        return bytes.iter().fold(0, |key, &b| key << 8 | u64::from(b));
    }
    // FNV-1a; no name of the table has the uppermost bit.
    let hash = |h: u64, &b: &u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, hash) | 1 << 63
}

fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize % SLOTS
}

/// What the element named by a key is.
pub(super) fn kind(key: u64) -> (Kind, u8) {
    static TABLE: OnceLock<Vec<(u64, Kind, u8)>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = vec![(0, Kind::Other, 0); SLOTS];
        for (names, kind, flags) in KINDS {
            for name in names.split_ascii_whitespace() {
                let own = self::key(name);
                let mut at = slot(own);
                while table[at].0 != 0 {
                    at = (at + 1) % SLOTS;
                }
                table[at] = (own, *kind, *flags);
            }
        }
        table
    });
    let mut at = slot(key);
    loop {
        let (known, kind, flags) = table[at];
        if known == key || known == 0 {
            return (kind, flags);
        }
        at = (at + 1) % SLOTS;
    }
}
