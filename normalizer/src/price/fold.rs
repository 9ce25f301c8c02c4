//! Folding of short words: what `text::fold` does, letter by letter and without allocating where a
//! letter stands for one letter. Longer texts are folded there.

use super::number::Ch;

/// U+00C0 to U+017F folded; NUL where the way over `text::fold` must be taken.
const LATIN: &str = "aaaaaa\0ceeeeiiiiðnooooo×ouuuuyþ\0aaaaaa\0ceeeeiiiiðnooooo÷ouuuuyþyaaaaaaccccccccddddeeeeeeeeeegggggggghhħħiiiiiiiiii\0\0jjkkĸllllll\0\0llnnnnnn\0ŋŋoooooo\0\0rrrrrrssssssssttttŧŧuuuuuuuuuuuuwwyyyzzzzzzs";
/// U+0386 to U+03CE.
const GREEK: &str = "α\0εηι\0ο\0υωιαβγδεζηθικλμνξοπρ\0στυφχψωιυαεηιυαβγδεζηθικλμνξοπρςστυφχψωιυουω";
/// U+0400 to U+045F.
const CYRILLIC: &str =
    "ееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюяабвгдежзииклмнопрстуфхцчшщъыьэюяееђгєѕііјљњћкиуџ";

struct Letters {
    latin: Vec<char>,
    greek: Vec<char>,
    cyrillic: Vec<char>,
}

static LETTERS: std::sync::LazyLock<Letters> = std::sync::LazyLock::new(|| Letters {
    latin: LATIN.chars().collect(),
    greek: GREEK.chars().collect(),
    cyrillic: CYRILLIC.chars().collect(),
});

/// The letter that `c` folds to, where it is one and no mark may join it.
fn letter(c: char, letters: &Letters) -> Option<char> {
    let table = |table: &[char], from: u32| {
        table.get((c as u32 - from) as usize).copied().filter(|&folded| folded != '\0')
    };
    match c {
        _ if c.is_ascii() => Some(c.to_ascii_lowercase()),
        '\u{c0}'..='\u{17f}' => table(&letters.latin, 0xc0),
        '\u{386}'..='\u{3ce}' => table(&letters.greek, 0x386),
        '\u{400}'..='\u{45f}' => table(&letters.cyrillic, 0x400),
        // Letters without case, accents or compatibility forms.
        '\u{5d0}'..='\u{5ea}'
        | '\u{627}'..='\u{63a}'
        | '\u{641}'..='\u{64a}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fa5}'
        | '\u{ac00}'..='\u{d7a3}' => Some(c),
        _ => None,
    }
}

/// A word folded into `out`.
pub(super) fn fold_into(word: &[Ch], out: &mut String) {
    out.clear();
    let letters = &*LETTERS;
    for ch in word {
        match letter(ch.c, letters) {
            Some(folded) => out.push(folded),
            None => {
                out.clear();
                out.extend(word.iter().map(|ch| ch.c));
                *out = crate::text::fold(out).into_owned();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fold_as_texts_do() {
        for c in ('\u{21}'..='\u{ffff}').filter(|c| c.is_alphabetic()) {
            let mut word = String::new();
            fold_into(&[Ch::new(c, 0)], &mut word);
            assert_eq!(word, crate::text::fold(&c.to_string()), "{c} {:x}", c as u32);
        }
    }
}
