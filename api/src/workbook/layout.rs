//! How the workbook's sheets look and print: formats, heights of rows whose texts are broken, pages with header
//! and footer, texts that cannot run. What stands on a sheet is decided elsewhere.

use super::BatchNote;
use model::CAVEAT;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline, Url, Worksheet, XlsxError};

/// Longest text of a cell, in the units the format counts (UTF-16).
pub(super) const LONGEST_TEXT: usize = 32_767;
/// Links of one sheet: the limit of Excel.
pub(super) const MOST_LINKS: usize = 65_530;
/// Longest address of a link that Excel opens.
const LONGEST_LINK: usize = 2_079;
/// Height of one line of text in points, and the most a row can have.
const LINE: f64 = 15.0;
/// Added where a text is broken: fonts that stand in for the default one are a little larger.
const SPARE: f64 = 3.0;
const TALLEST: f64 = 409.0;
/// Characters of a page's header or footer.
const FOOTER: usize = 250;

/// Shows prices as the sentences of a verdict write them: no false digits, none lost below 1.
pub(super) const PRICE: &str = "[<1]0.00##;[>=10000]#,##0;#,##0.00";
/// Shows a p; nobody is sure of the fifth digit.
pub(super) const P: &str = "[<0.0001]\"<0.0001\";0.0000";

/// Shows amounts without cents, however large.
pub(super) const AMOUNT: &str = "[>=100000000]#,##0.0,,\" million\";#,##0";

/// Formats of the workbook. Fills are told apart on grey paper by the bold text and by the words in them.
pub(super) struct Styles {
    pub title: Format,
    pub section: Format,
    pub head: Format,
    pub head_text: Format,
    pub head_right: Format,
    pub bold: Format,
    pub wrap: Format,
    /// A text in a table: a little off the number before it.
    pub text: Format,
    pub small: Format,
    pub boxed: Format,
    pub strong: Format,
    pub ask: Format,
    pub look: Format,
    pub count: Format,
    pub link: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        let fill = |rgb| {
            Format::new()
                .set_background_color(Color::RGB(rgb))
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_align(FormatAlign::Left)
                .set_indent(1)
        };
        let head = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0x00E4_E9EF))
            .set_border_bottom(FormatBorder::Thin)
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        Styles {
            title: Format::new().set_bold().set_font_size(16),
            section: Format::new().set_bold().set_font_size(12).set_border_bottom(FormatBorder::Thin),
            head_text: head.clone().set_align(FormatAlign::Left).set_indent(1),
            head_right: head.clone().set_align(FormatAlign::Right),
            head,
            bold: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            text: wrap.clone().set_align(FormatAlign::Left).set_indent(1),
            small: wrap.clone().set_font_size(9),
            boxed: wrap.clone().set_bold().set_border(FormatBorder::Medium),
            wrap,
            strong: fill(0x00F0_B4B0),
            ask: fill(0x00F9_D9B5),
            look: fill(0x00FB_F3CC),
            count: Format::new().set_num_format("#,##0").set_align(FormatAlign::Top),
            link: Format::new()
                .set_font_color(Color::RGB(0x0005_4BA0))
                .set_underline(FormatUnderline::Single)
                .set_text_wrap()
                .set_align(FormatAlign::Top),
        }
    }
}

/// A cell at the top of its row with numbers shown so.
pub(super) fn number(shown: &str) -> Format {
    Format::new().set_align(FormatAlign::Top).set_num_format(shown)
}

/// What is too long for a cell is cut, visibly.
pub(super) fn fitting(text: &str) -> String {
    if text.encode_utf16().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let mut left = LONGEST_TEXT - 1;
    let fits = |c: &char| {
        let room = left.checked_sub(c.len_utf16());
        left = room.unwrap_or(left);
        room.is_some()
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Writes a text as a string, so that none of another's runs as a formula or opens as a link; what begins like
/// a formula keeps its leading apostrophe, so that it stays a text when somebody edits it or saves it as CSV.
pub(super) fn put(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']) {
        sheet.write_string_with_format(row, at, fitting(text), &format.clone().set_quote_prefix())?;
    } else {
        sheet.write_string_with_format(row, at, fitting(text), format)?;
    }
    Ok(())
}

/// Writes a link to an address where it is one of the web, short enough for a link; else nothing. `links` counts
/// those of the sheet.
pub(super) fn put_link(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    address: &str,
    links: &mut usize,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let of_the_web = url::Url::parse(address)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let plain = address.len() <= LONGEST_LINK && address.chars().all(|c| c.is_ascii_graphic());
    if of_the_web && plain && *links < MOST_LINKS {
        *links += 1;
        sheet.write_url_with_format(row, at, Url::new(address).set_text("open"), &styles.link)?;
    }
    Ok(())
}

/// A merged field over columns of one row, its text broken.
pub(super) fn across(
    sheet: &mut Worksheet,
    row: u32,
    (first, last): (u16, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    let guarded = text.trim_start().starts_with(['=', '+', '-', '@']);
    let format = if guarded { format.clone().set_quote_prefix() } else { format.clone() };
    if first == last {
        return put(sheet, row, first, text, &format);
    }
    // The field is merged empty first: merging reads a text for what it could be.
    sheet.merge_range(row, first, row, last, "", &format)?;
    sheet.write_string_with_format(row, first, fitting(text), &format)?;
    Ok(())
}

/// Width of a character in widths of a digit, as the default font of a workbook has it, on the wide side.
fn width_of(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | ' ' | '\'' | '.' | ',' | ':' | ';' | '!' | '|' | 'I' => 0.48,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 0.7,
        'c' | 'g' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 0.88,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' => 1.6,
        'A'..='Z' => 1.2,
        ' '..='~' => 1.02,
        // Marks upon the letter before.
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{200b}'..='\u{200f}' => 0.0,
        // Hangul, kana, Han and full-width forms.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2.2,
        _ => 1.15,
    }
}

/// Lines that a text takes in a column so wide: broken between words and ideograms, long words anywhere.
pub(super) fn lines_of(text: &str, width: f64) -> u32 {
    let mut lines = 0;
    for paragraph in text.lines() {
        lines += 1;
        let (mut used, mut word) = (0.0, 0.0);
        // What stands since the last place to break goes to the next line where it does not fit.
        for c in paragraph.chars() {
            let w = width_of(c);
            if c.is_whitespace() {
                used += word + w;
                word = 0.0;
                continue;
            }
            if w >= 2.0 {
                used += word;
                word = 0.0;
            }
            word += w;
            if used + word > width {
                lines += 1;
                if used == 0.0 {
                    word = w;
                }
                used = 0.0;
            }
        }
    }
    lines.max(1)
}

/// A text cut to so many lines of a column, visibly.
pub(super) fn cut_to(text: &str, width: f64, lines: u32) -> String {
    if lines_of(text, width) <= lines {
        return text.to_owned();
    }
    // The longest beginning that fits; more characters never take fewer lines.
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let cut = |at: usize| format!("{}…", text[..at].trim_end());
    let fits = ends.partition_point(|&at| lines_of(&cut(at), width) <= lines);
    cut(ends.get(fits.saturating_sub(1)).copied().unwrap_or(0))
}

/// Height of a row of texts, each in a column so wide; no more than `most` lines are shown, the cell has all.
pub(super) fn height<'t>(texts: impl IntoIterator<Item = (&'t str, f64)>, most: u32) -> f64 {
    let lines = texts.into_iter().map(|(text, width)| lines_of(text, width)).max().unwrap_or(1);
    let room = if lines > 1 { SPARE } else { 0.0 };
    (f64::from(lines.min(most)) * LINE + room).min(TALLEST)
}

/// Widths of the columns from the first on.
pub(super) fn widths(sheet: &mut Worksheet, widths: &[f64]) -> Result<(), XlsxError> {
    for (at, width) in widths.iter().enumerate() {
        sheet.set_column_width(at as u16, *width)?;
    }
    Ok(())
}

/// How a sheet lies on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    /// One page in all, upright.
    OnePage,
    /// As many pages as needed, upright, one page wide.
    Upright,
    /// As many pages as needed, across, one page wide.
    Across,
}

/// A4; header with the sheet and the file, footer with what holds for every figure and the page's number.
pub(super) fn page(sheet: &mut Worksheet, paper: Paper, note: &BatchNote) {
    let name = escaped(&sheet.name());
    let file: String = escaped(&note.file).chars().take(80).collect();
    match paper {
        Paper::Across => sheet.set_landscape(),
        _ => sheet.set_portrait(),
    };
    // Tables are ruled, so that a row can be followed across the page.
    sheet.set_print_gridlines(paper == Paper::Across);
    sheet
        .set_paper_size(9)
        .set_print_fit_to_pages(1, u16::from(paper == Paper::OnePage))
        .set_margins(0.5, 0.5, 0.7, 0.75, 0.3, 0.3)
        .set_header(format!("&L&8 {name}: price check of {file}&R&8 {}", note.assessed_at.format("%Y-%m-%d")))
        .set_footer(footer(&note.calibration));
}

/// The caveat in short and what is known of the flag rate, within what a footer holds.
fn footer(calibration: &str) -> String {
    let said = escaped(&format!("{} {calibration}", CAVEAT.split_inclusive('.').next().unwrap_or_default()));
    let rest = "&R&8&P / &N";
    let room = FOOTER - rest.len() - 4;
    let mut left = said.as_str();
    if left.chars().count() > room {
        let end = left.char_indices().nth(room).map_or(left.len(), |(at, _)| at);
        // At a word's end, and never between the two signs that stand for one.
        left = left[..end].rfind(' ').map_or("", |at| &left[..at]);
    }
    format!("&L&8{left}{rest}")
}

/// In headers and footers `&` begins a command.
fn escaped(text: &str) -> String {
    text.replace('&', "&&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_take_the_lines_they_need() {
        assert_eq!(lines_of("", 10.0), 1);
        assert_eq!(lines_of("Fresh garlic", 20.0), 1);
        assert_eq!(lines_of("Fresh garlic, white, in mesh bags of 10 kg", 20.0), 2);
        assert_eq!(lines_of("Fresh garlic, white, in mesh bags of 10 kg", 12.0), 4);
        assert_eq!(lines_of("one\ntwo", 20.0), 2);
        // A word without end, and ideograms that take two places each.
        assert_eq!(lines_of(&"a".repeat(100), 10.0), 12);
        assert!(lines_of("全新智能手机存储显示屏三摄像头", 10.0) >= 4);
        assert!(lines_of("Смартфоны новые, объём памяти 128 ГБ", 20.0) >= 2);
        assert_eq!(height([("a", 10.0), ("b c d e f g h", 2.0)], 3), 48.0);
        assert_eq!(height([("a", 10.0)], 3), 15.0);
        assert_eq!(height([("a\n".repeat(99).as_str(), 10.0)], 99), TALLEST);
    }

    #[test]
    fn a_text_is_cut_to_the_room_there_is() {
        assert_eq!(cut_to("Fresh garlic", 20.0, 1), "Fresh garlic");
        for text in ["Smartphones 128 GB, new ".repeat(9), "全新智能手机存储显示屏三摄像头".repeat(3)]
        {
            let cut = cut_to(&text, 20.0, 2);
            assert!(cut.ends_with('…') && lines_of(&cut, 20.0) <= 2 && cut.chars().count() > 12, "{cut}");
        }
    }

    #[test]
    fn long_texts_are_cut_in_the_units_of_the_format() {
        assert_eq!(fitting("short"), "short");
        let cut = fitting(&"😀".repeat(20_000));
        assert!(cut.ends_with('…') && cut.encode_utf16().count() <= LONGEST_TEXT, "{}", cut.len());
        assert_eq!(fitting(&"x".repeat(LONGEST_TEXT)).len(), LONGEST_TEXT);
        assert_eq!(fitting(&"x".repeat(LONGEST_TEXT + 1)).encode_utf16().count(), LONGEST_TEXT);
    }

    #[test]
    fn a_footer_holds_what_the_format_allows() {
        for sentence in ["short & sweet", &"Müller & Söhne; ".repeat(60)] {
            let text = footer(sentence);
            assert!(text.chars().count() <= 255 && text.ends_with("&P / &N"), "{text}");
            assert!(text.contains("Risk indicator only, not a customs value."), "{text}");
            let body = text.trim_start_matches("&L&8").trim_end_matches("&R&8&P / &N");
            assert!(!body.replace("&&", "").contains('&'), "no command of another's: {body}");
        }
    }
}
