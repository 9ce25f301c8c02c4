//! The words and signs by which pagers name their links, in the languages of large markets, and
//! the names that pages give a pager's elements. Only texts; what they mean together is
//! `next_link`'s.

use super::word_hash;
use std::ops::BitOr;
use std::sync::LazyLock;

/// Longer texts are titles of pages, not a pager's words.
pub(super) const LONGEST_TEXT: usize = 60;

/// What a text says, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Says(u16);

impl Says {
    pub(super) const NEXT: Says = Says(1);
    pub(super) const OLDER: Says = Says(2);
    /// Backward or newer.
    pub(super) const PREV: Says = Says(4);
    /// The first or last page.
    pub(super) const EDGE: Says = Says(8);
    pub(super) const MORE: Says = Says(16);
    /// The word for page.
    pub(super) const PAGE: Says = Says(32);
    /// A page's number, alone or after the word for page.
    pub(super) const NUMBER: Says = Says(64);
    /// One sign forward: ›.
    pub(super) const ONE_SIGN: Says = Says(128);
    /// Two: >>.
    pub(super) const TWO_SIGNS: Says = Says(256);
    pub(super) const SIGN_BACK: Says = Says(512);
    /// A label, not the text, says next.
    pub(super) const LABEL_NEXT: Says = Says(1024);

    pub(super) fn has(self, what: Says) -> bool {
        self.0 & what.0 == what.0
    }

    pub(super) fn any(self, what: Says) -> bool {
        self.0 & what.0 != 0
    }

    /// Whether a pager's link can say so. The word for page or for more alone is no sign.
    pub(super) fn is_a_pagers(self) -> bool {
        self.0 & !(Says::PAGE.0 | Says::MORE.0) != 0
    }

    /// What a label adds to the text: never a number, since titles count all sorts of things.
    pub(super) fn as_label(self) -> Says {
        let kept = self.0 & (Says::OLDER.0 | Says::PREV.0 | Says::EDGE.0);
        Says(kept | if self.has(Says::NEXT) { Says::LABEL_NEXT.0 } else { 0 })
    }
}

impl BitOr for Says {
    type Output = Says;
    fn bitor(self, other: Says) -> Says {
        Says(self.0 | other.0)
    }
}

/// A text, read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Read {
    pub(super) says: Says,
    /// Words and numbers.
    pub(super) words: u8,
    /// The last number of at most four digits.
    pub(super) number: Option<u32>,
}

const NEXT: &str = "next nxt forward forwards weiter nächste nächster nächstes nächsten naechste \
    folgende vorwärts suivant suivante suivants suivantes suiv siguiente siguientes próxima próximo \
    proxima proximo próximas sig seguinte següent avançar avanti successiva successivo prossima \
    prossimo volgende verder nästa næste neste seuraava seuraavat järgmine kitas nākamā nākamais \
    následující další dalsi ďalšia ďalší ďalej nasledujúca następna następny następne nastepna \
    nastepny dalej következő kovetkezo tovább következo următoarea următor următorul urmatoarea \
    înainte sledeća sledeći sljedeća sljedeći naslednja naprej следующая следующий следующие \
    следующее след вперед вперёд далее дальше наступна наступний далі следваща напред επόμενη \
    επόμενο επόμενα επομενη sonraki ileri berikutnya berikut selanjutnya seterusnya tiếp הבא הבאה \
    التالي التالية التالى بعدی बाद अगला પછી";
const OLDER: &str = "older ältere ancien anciens anciennes antiguas antiguos antigas antigos vecchi \
    starsze starší äldre ældre eldre oudere régebbi предыдущие παλαιότερα παλαιότερες";
const PREV: &str = "previous prev zurück vorherige vorheriger vorige précédent précédente précédents \
    prec préc anterior anteriores precedente precedenti terug föregående forrige edellinen předchozí \
    předešlá predchádzajúca poprzednia poprzedni wstecz előző anterioara anterioară înapoi prethodna \
    prejšnja предыдущая предыдущий пред назад попередня предишна προηγούμενη προηγούμενο önceki geri \
    sebelumnya trước הקודם السابق السابقة قبلی newer neuere recientes back";
const EDGE: &str = "first last erste letzte ende anfang première dernière premier dernier primera \
    última primero último primeira prima ultima primo ultimo eerste laatste första sista første \
    sidste siste ensimmäinen viimeinen první poslední posledná pierwsza ostatnia első utolsó fin \
    inicio início первая последняя перша остання първа последна πρώτη τελευταία ilk son pertama \
    terakhir đầu cuối end beginning";
const MORE: &str = "more mehr plus más mais altro meer mer lisää více więcej több еще ещё daha lainnya";
const PAGE: &str = "page pages seite página pagina side sida sivu stránka strana strona oldal pagină \
    страница стр сторінка σελίδα sayfa halaman trang";
/// Parts of texts in scripts that do not part words.
const UNPARTED: &[(&str, Says)] = &[
    ("次へ", Says::NEXT),
    ("次の", Says::NEXT),
    ("次ページ", Says::NEXT),
    ("下一页", Says::NEXT),
    ("下一頁", Says::NEXT),
    ("下页", Says::NEXT),
    ("下頁", Says::NEXT),
    ("后一页", Says::NEXT),
    ("다음", Says::NEXT),
    ("ถัดไป", Says::NEXT),
    ("前へ", Says::PREV),
    ("前の", Says::PREV),
    ("上一页", Says::PREV),
    ("上一頁", Says::PREV),
    ("上页", Says::PREV),
    ("이전", Says::PREV),
    ("ก่อนหน้า", Says::PREV),
    ("首页", Says::EDGE),
    ("首頁", Says::EDGE),
    ("末页", Says::EDGE),
    ("尾页", Says::EDGE),
    ("最初", Says::EDGE),
    ("最後", Says::EDGE),
    ("最后", Says::EDGE),
];

static WORDS: LazyLock<word_hash::Words<&'static str, Says>> = LazyLock::new(|| {
    let lists = [
        (NEXT, Says::NEXT),
        (OLDER, Says::OLDER),
        (PREV, Says::PREV),
        (EDGE, Says::EDGE),
        (MORE, Says::MORE),
        (PAGE, Says::PAGE),
    ];
    let words = lists.into_iter().flat_map(|(list, says)| list.split_whitespace().map(move |w| (w, says)));
    words.collect()
});

/// A mark for each word in the lists: of its first and last letter and its length. Nearly no other
/// word has one, so that few links need more than a look at theirs.
static MARKS: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut marks = [0; 64];
    for word in WORDS.keys() {
        let letter = |c: Option<char>| c.unwrap_or_default();
        let at = mark(letter(word.chars().next()), letter(word.chars().next_back()), word.chars().count());
        marks[at / 64] |= 1 << (at % 64);
    }
    marks
});

fn mark(first: char, last: char, length: usize) -> usize {
    // A capital sigma does not say whether it ends its word.
    let last = if last == 'ς' { 'σ' } else { last };
    let mixed =
        (first as usize).wrapping_mul(977) ^ (last as usize).wrapping_mul(131) ^ length.wrapping_mul(2053);
    (mixed ^ (mixed >> 12)) & 4095
}

/// Whether a text may say something of a pager; `false` is sure, and cheap.
pub(super) fn may_say(text: &str) -> bool {
    let lower =
        |c: char| if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
    let mut word: Option<(char, char, usize)> = None;
    let ends = |word: Option<(char, char, usize)>| {
        word.is_some_and(|(first, last, length)| {
            let at = mark(lower(first), lower(last), length);
            MARKS[at / 64] & (1 << (at % 64)) != 0
        })
    };
    for c in text.chars() {
        let inside = if c.is_ascii() { c.is_ascii_alphabetic() } else { c.is_alphabetic() };
        if inside {
            // Signs forward are no letters, and scripts that part no words are read in full.
            if c >= '\u{e00}' && !matches!(c, '\u{1e00}'..='\u{1fff}') {
                return true;
            }
            word = Some(word.map_or((c, c, 1), |(first, _, length)| (first, c, length + 1)));
            continue;
        }
        if ends(word.take())
            || c.is_ascii_digit()
            || matches!(c, '<' | '>')
            || (!c.is_ascii() && c != '\u{a0}')
        {
            return true;
        }
    }
    ends(word)
}

/// Reads a link's text or label.
pub(super) fn read(text: &str) -> Read {
    let mut read = Read::default();
    let (mut forward, mut back, mut ends, mut numbers) = (0, 0, 0, 0);
    let mut word = String::new();
    let mut others = 0;
    let mut close = |word: &mut String, read: &mut Read| {
        if word.is_empty() {
            return;
        }
        read.words = read.words.saturating_add(1);
        if word.bytes().all(|b| b.is_ascii_digit()) {
            numbers += 1;
            read.number = word.parse().ok().filter(|n| word.len() <= 4 && *n > 0);
        } else {
            match WORDS.get(word.as_str()) {
                Some(&says) => {
                    read.says = read.says | says;
                    others += usize::from(says != Says::PAGE);
                }
                None => others += 1,
            }
        }
        word.clear();
    };
    for c in text.chars().take(LONGEST_TEXT) {
        if c.is_alphanumeric() {
            if word.len() < 40 {
                word.extend(c.to_lowercase());
            }
            continue;
        }
        // Thai and Hebrew write signs within words that are no letters.
        if matches!(c, '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}') {
            word.push(c);
            continue;
        }
        close(&mut word, &mut read);
        match c {
            '›' | '>' | '→' | '▶' | '►' | '⟩' | '❯' | '⇒' | '➔' | '➜' | '➡' | '▸' | '⏵' | '＞' =>
            {
                forward += 1;
            }
            '»' => forward += 1,
            '≫' | '⏭' | '⇥' => forward += 2,
            '‹' | '<' | '←' | '◀' | '◄' | '⟨' | '❮' | '⇐' | '«' | '⬅' | '◂' | '＜' => {
                back += 1
            }
            '≪' | '⏮' => back += 2,
            '|' => ends += 1,
            _ => {}
        }
    }
    close(&mut word, &mut read);
    // All of them stand above what begins with this byte.
    if text.bytes().any(|b| b >= 0xe0) {
        for (part, says) in UNPARTED {
            if text.contains(part) {
                read.says = read.says | *says;
            }
        }
    }
    // A breadcrumb's "Home › Tea" has both words and a sign, but no pager's word.
    let plain = read.words == 0 || read.says.any(Says::NEXT | Says::PREV | Says::EDGE | Says::OLDER);
    if plain && back == 0 {
        match forward + ends * usize::from(forward > 0) {
            0 => {}
            1 => read.says = read.says | Says::ONE_SIGN,
            _ => read.says = read.says | Says::TWO_SIGNS,
        }
    }
    if plain && back > 0 && forward == 0 {
        read.says = read.says | Says::SIGN_BACK;
    }
    if numbers == 1 && others == 0 && read.number.is_some() && forward + back == 0 {
        read.says = read.says | Says::NUMBER;
    }
    read
}

pub(super) const NAMED_NEXT: u32 = 1;
pub(super) const NAMED_PREV: u32 = 2;
pub(super) const NAMED_EDGE: u32 = 4;
pub(super) const NAMED_OLDER: u32 = 8;
pub(super) const CURRENT: u32 = 16;
pub(super) const PAGE_NAME: u32 = 32;
pub(super) const AROUND_PAGE: u32 = 64;
pub(super) const NAV: u32 = 128;
pub(super) const SLIDER: u32 = 256;
pub(super) const ARTICLE: u32 = 512;
pub(super) const COMMENTS: u32 = 1024;

/// Whether the names of a link tell a pager's.
pub(super) fn told_by_name(names: &str) -> bool {
    let bytes = names.as_bytes();
    let at = |i: usize, part: &[u8]| {
        bytes[i..].get(..part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part))
    };
    bytes.iter().enumerate().any(|(i, byte)| match byte | 32 {
        b'n' => at(i, b"next"),
        b'p' => at(i, b"prev") || at(i, b"pagin"),
        _ => false,
    })
}

/// What the names of a link and of what stands around it say, one bit each.
pub(super) fn named(names: &str, around: &str) -> u32 {
    let mut bits = 0;
    let mut set = |bit: u32, text: &str, parts: &[&str]| {
        if parts.iter().any(|part| holds(text, part)) {
            bits |= bit;
        }
    };
    set(NAMED_NEXT, names, &["next", "forward", "weiter", "suivant", "siguiente"]);
    set(NAMED_PREV, names, &["prev", "back", "newer"]);
    set(NAMED_EDGE, names, &["last", "first"]);
    set(NAMED_OLDER, names, &["older"]);
    set(CURRENT, names, &["current", "active", "selected", "disabled"]);
    set(PAGE_NAME, names, &["pag"]);
    set(AROUND_PAGE, around, &["pag"]);
    for text in [names, around] {
        set(NAV, text, &["nav"]);
        set(SLIDER, text, &["slide", "carousel", "gallery", "swiper", "slick", "banner"]);
        set(ARTICLE, text, &["article", "entry", "single", "post-nav", "comic"]);
        set(COMMENTS, text, &["comment"]);
    }
    bits
}

/// Whether a text holds a part in lower-case ASCII letters, whatever case it is written in.
fn holds(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some((&first, rest)) = part.split_first() else { return true };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text)
        .any(|at| text[at + 1..].get(..rest.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pagers_words_and_signs_are_read() {
        for (text, wanted) in [
            ("Next", Says::NEXT),
            ("NÄCHSTE Seite", Says::NEXT | Says::PAGE),
            ("Next »", Says::NEXT | Says::ONE_SIGN),
            ("→", Says::ONE_SIGN),
            (">>", Says::TWO_SIGNS),
            (">|", Says::TWO_SIGNS),
            ("«", Says::SIGN_BACK),
            ("2", Says::NUMBER),
            ("[12]", Says::NUMBER),
            ("Page 3", Says::NUMBER | Says::PAGE),
            ("12,99 €", Says::default()),
            ("12 pieces", Says::default()),
            ("2026 report", Says::default()),
            ("Home › Tea", Says::default()),
            ("0", Says::default()),
            ("12345", Says::default()),
            ("下一页", Says::NEXT),
            ("次のページ >", Says::NEXT | Says::ONE_SIGN),
            ("ถัดไป", Says::NEXT),
            ("Текст", Says::default()),
            ("Следующая", Says::NEXT),
            ("← Older posts", Says::OLDER | Says::SIGN_BACK),
            ("|", Says::default()),
            ("", Says::default()),
        ] {
            assert_eq!(read(text).says, wanted, "{text}");
        }
        assert!(!read("More").says.is_a_pagers() && read("›").says.is_a_pagers());
        assert!(holds("Btn_NEXT", "next") && !holds("nex", "next") && !holds("", "next"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,80}", names in ".{0,40}") {
            let read = read(&text);
            prop_assert!(usize::from(read.words) <= text.chars().count());
            // What the quick look rules out the full one does not find.
            prop_assert!(may_say(&text) || text.chars().count() > LONGEST_TEXT || !read.says.is_a_pagers());
            let parts = ["next", "prev", "pagin"];
            prop_assert_eq!(told_by_name(&names), parts.iter().any(|part| holds(&names, part)));
            let _ = named(&names, &text);
        }

        #[test]
        fn the_quick_look_misses_no_word_of_the_lists(at in 0usize..400, upper in any::<bool>(), beside in "[a-zäж ]{0,6}[ »›|]") {
            let mut words: Vec<&&str> = WORDS.keys().collect();
            words.sort_unstable();
            let word = words[at % words.len()];
            let word = if upper { word.to_uppercase() } else { (*word).to_string() };
            prop_assert!(may_say(&word) && may_say(&format!("{beside}{word}")), "{}", word);
        }
    }
}
