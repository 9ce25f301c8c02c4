//! Counts: numbers beside words for pieces, packs, pairs and dozens. Counts that a word names and
//! offers of more than is paid for are `offers`'s, numbers with a unit of size `sizes`'s.

use super::token::{Piece, Token};
use super::{Count, Counted, Scan, Size, nouns};
use crate::unit::{
    is_dozen_word, is_of_word, is_pack_word, is_pair_word, is_piece_word, is_sheet_word, is_unit_word,
    stands_bare,
};
use rust_decimal::Decimal;

/// The first letter of a run in a script without spaces between words.
fn counter(word: &str) -> Option<(&str, &str)> {
    let first = word.chars().next().filter(|c| matches!(*c as u32, 0x3040..=0xabff | 0xf900..=0xfaff))?;
    Some(word.split_at(first.len_utf8()))
}

/// Bags are packs and goods.
fn is_bag(word: &str) -> bool {
    matches!(word, "bag" | "bolsa" | "sac" | "sack" | "zak" | "sachet")
}

/// Boxes are packs and goods where they come with something.
fn is_box(word: &str) -> bool {
    matches!(
        word,
        "box"
            | "case"
            | "caja"
            | "caixa"
            | "estuche"
            | "boite"
            | "doos"
            | "tray"
            | "bandeja"
            | "scatola"
            | "schachtel"
            | "kutu"
    )
}

impl Scan<'_> {
    /// Whether a word counts pieces; of a script without spaces its first letter ("10片装"), unless
    /// the next makes it another word (months, ordinals, free delivery, a set of pieces).
    pub(super) fn counted_at(&self, at: usize) -> bool {
        let word = self.word(at);
        if is_piece_word(word) {
            return true;
        }
        counter(word).is_some_and(|(first, rest)| {
            is_piece_word(first) && !rest.starts_with(['目', '月', '邮', '郵']) && !word.starts_with("件套")
        }) || word == "구" && (self.text.contains("계란") || self.text.contains("달걀"))
    }

    fn paired_at(&self, at: usize) -> bool {
        let word = self.word(at);
        is_pair_word(word)
            || counter(word).is_some_and(|(first, rest)| {
                is_pair_word(first) && rest.starts_with(['装', '裝', '入', '组', '組', 'セ'])
            })
    }

    /// From a number: a chain "a x b x c", then what its last member is.
    pub(super) fn at_number(&self, at: usize, sizes: &mut Vec<Size>, counts: &mut Vec<Count>) -> usize {
        let mut members = vec![at];
        let mut next = at + 1;
        while self.times(next) && self.number(next + 1).is_some() {
            members.push(next + 1);
            next += 2;
        }
        if members.len() == 1
            && let Some(size) = self.litre_and_part(at)
        {
            let to = size.to;
            sizes.push(size);
            return to;
        }
        if let Some((unit, after)) = self.unit_behind(next) {
            if let Some(size) = self.size(&members, unit, at, after) {
                let end = size.to;
                sizes.push(size);
                return end;
            }
            return after;
        }
        if members.len() > 1 {
            // 3 x 10 pcs counts, 30 x 40 is a dimension.
            if self.counted_at(next)
                && let Some(number) = self.product(&members)
            {
                counts.push(Count::new(number, Counted::Pieces, at, next + 1));
            }
            return next;
        }
        if let Some(offer) = self.more_for_less(at, next) {
            let to = offer.to;
            counts.push(offer);
            return to;
        }
        let Some(number) = self.tokens[at].count() else { return next };
        match self.count_at(number, at) {
            Some(count) => {
                let to = count.to;
                counts.push(count);
                to.max(next)
            }
            None => next,
        }
    }

    /// What a number alone counts.
    fn count_at(&self, number: Decimal, at: usize) -> Option<Count> {
        let next = at + 1;
        let found = |of, to| Some(Count::new(number, of, at, to));
        // Turkish "6'lı": of six.
        let apostrophe = usize::from(self.is(next, '\''));
        let glued = self.tokens.get(next).is_some_and(|token| token.glued);
        let suffix = matches!(self.word(next + apostrophe), "lu" | "li") && glued;
        if suffix && !self.is(next + apostrophe + 1, '-') {
            return found(Counted::Packs, next + apostrophe + 1);
        }
        // "10's": ten of them, and "the 90's" a time.
        if apostrophe == 1 && self.word(next + 1) == "s" && self.tokens[next + 1].glued {
            let decade = number >= Decimal::from(50) && (number % Decimal::TEN).is_zero();
            return if decade { None } else { found(Counted::Pieces, next + 2) };
        }
        // "i5 PC": the digits end a word.
        let before = at.checked_sub(1).map_or("", |before| self.word(before));
        if self.tokens[at].glued && before.is_ascii() && before.len() < 3 && !matches!(before, "" | "x" | "p")
        {
            return None;
        }
        let dash = usize::from(self.is(next, '-') || self.is(next, '/'));
        let word = self.word(next + dash);
        // "27UN880": letters between digits.
        let article = glued
            && dash == 0
            && word.is_ascii()
            && self.tokens.get(next + 1).is_some_and(|token| token.glued && token.number().is_some());
        if article {
            return None;
        }
        // "13/18 pieces": between thirteen and eighteen.
        let span = at >= 2 && self.is(at - 1, '/') && self.number(at - 2).is_some_and(|low| low < number);
        let in_range =
            span || self.range_before(at) || (self.is(next, '-') && self.number(next + 1).is_some());
        if in_range || word.is_empty() {
            return None;
        }
        if word == "er" && glued {
            return if self.word(next + 1).starts_with("jahr") {
                None
            } else {
                found(Counted::Packs, next + dash + 1)
            };
        }
        if self.paired_at(next + dash) {
            return found(Counted::Pairs, next + dash + 1);
        }
        if is_dozen_word(word) {
            return Some(Count::new(number * Decimal::from(12), Counted::Pieces, at, next + 1));
        }
        if at == 0 && nouns::is_vessel(word) && number <= Decimal::from(48) {
            return found(Counted::Pieces, next + 1);
        }
        if matches!(
            word,
            "pack"
                | "packs"
                | "pk"
                | "pak"
                | "packung"
                | "paquetes"
                | "pacotes"
                | "paketi"
                | "упаковки"
                | "упаковок"
                | "팩"
        ) && self.number(next + dash + 1).is_none()
        {
            // "3 packs of 10".
            let inner = self.tokens.get(next + dash + 2).and_then(Token::count);
            let of = is_of_word(self.word(next + dash + 1)) && self.unit_at(next + dash + 3).is_none();
            return match inner.and_then(|inner| inner.checked_mul(number)).filter(|_| of) {
                Some(number) => Some(Count::new(number, Counted::Packs, at, next + dash + 3)),
                None => found(Counted::Packs, next + dash + 1),
            };
        }
        if self.counted_at(next + dash) && !self.is_puzzle() && !self.is_made_of(number, at, next + dash) {
            return Some(self.with_free(Count::new(number, Counted::Pieces, at, next + dash + 1)));
        }
        if self.times(next) && at == 0 && number <= Decimal::from(500) {
            let zoom = matches!(
                self.word(next + 1),
                "zoom" | "optical" | "optisch" | "speed" | "faster" | "digital" | "magnification"
            );
            if !zoom && self.tokens.len() > next + 1 {
                return found(Counted::Packs, next + 1);
            }
        }
        None
    }

    /// Whether a piece word beside a number counts no pieces sold: "12-piece set" and "4 piece set" are
    /// one set, "21st" an ordinal, "2 und 3" German, "80 sheets" of a notebook its leaves.
    fn is_made_of(&self, number: Decimal, at: usize, word_at: usize) -> bool {
        let word = self.word(word_at);
        let ends = self.tokens.len() == word_at + 1;
        let set = word == "piece" && number > Decimal::ONE && !(ends && at == 0);
        let ordinal = word == "st" && self.tokens[word_at].glued && !ends;
        let and =
            matches!(word, "und" | "un") && !self.tokens[word_at].glued && self.number(word_at + 1).is_some();
        let book = || {
            crate::text::words(self.text).any(|word| {
                matches!(
                    word,
                    "notebook"
                        | "notepad"
                        | "sketchbook"
                        | "diary"
                        | "planner"
                        | "album"
                        | "cuaderno"
                        | "libreta"
                        | "bloc"
                        | "cahier"
                        | "carnet"
                        | "heft"
                        | "notizbuch"
                        | "block"
                        | "quaderno"
                        | "caderno"
                        | "zeszyt"
                        | "notatnik"
                        | "notes"
                        | "schrift"
                        | "notitieboek"
                        | "тетрадь"
                        | "блокнот"
                        | "defter"
                        | "sesit"
                )
            })
        };
        // "5 hojas" of a razor are blades.
        set || ordinal || and || is_sheet_word(word) && (number < Decimal::TEN || book())
    }

    fn is_puzzle(&self) -> bool {
        self.text.contains("puzzle")
            || self.text.contains("lego")
            || self.text.contains("jigsaw")
            || self.text.contains("пазл")
            || self.text.contains("拼图")
            || self.text.contains("ジグソー")
    }

    /// "X2" with a capital is a model, "x2" a count.
    fn is_model(&self, at: usize) -> bool {
        let (Some(x), Some(number)) = (self.tokens.get(at), self.tokens.get(at + 1)) else {
            return false;
        };
        let digits = self.text.get(number.start..number.end).unwrap_or_default();
        let glued = self.tokens.get(at).is_some_and(|token| token.glued && token.piece == Piece::Word);
        let named = |form: String| x.piece == Piece::Word && self.original.contains(&form);
        // "Omen X 27": a capital behind a word, where not all are capitals.
        let behind_word = || {
            at.checked_sub(1).is_some_and(|before| self.tokens[before].piece == Piece::Word)
                && self.original.contains(char::is_lowercase)
                && named(format!("X {digits}"))
        };
        // "x 25f": the digits begin a word.
        let begins = self
            .tokens
            .get(at + 2)
            .is_some_and(|token| token.glued && token.piece == Piece::Word && !self.counted_at(at + 2));
        glued || begins || number.glued && named(format!("X{digits}")) || behind_word()
    }

    /// From a word: "pack of 12", "lot de 3", "x 12", "a pair of".
    pub(super) fn at_word(&self, at: usize, counts: &mut Vec<Count>) -> usize {
        let word = self.word(at);
        if self.times(at) {
            let after_number = at > 0 && self.number(at - 1).is_some();
            if let Some(number) = self.tokens.get(at + 1).and_then(Token::count)
                && !after_number
                && self.unit_at(at + 2).is_none()
                && !self.times(at + 2)
                && !self.is_model(at)
                && (counts.is_empty() || !is_sheet_word(self.word(at + 2)))
            {
                counts.push(Count::new(number, Counted::Packs, at, at + 2));
                return at + 2;
            }
            return at + 1;
        }
        if is_pack_word(word)
            && let Some(count) = self.pack_of(at)
        {
            let to = count.to;
            counts.push(count);
            return to;
        }
        if let Some((number, of, len)) = self.named_count(at) {
            counts.push(Count::new(Decimal::from(number), of, at, at + len));
            return at + len;
        }
        at + 1
    }

    /// "Pack of 12", "pack (12)", "lot 3 torchons", "caja 12" at the end.
    fn pack_of(&self, at: usize) -> Option<Count> {
        let of = is_of_word(self.word(at + 1)) || self.is(at + 1, '×');
        let bracket = usize::from(of && self.is(at + 2, '('));
        let number_at = at + 1 + usize::from(of) + bracket;
        let number = self.tokens.get(number_at).and_then(Token::count).filter(|n| *n > Decimal::ONE)?;
        let behind = number_at + 1;
        let closes = stands_bare(self.word(at)) && (self.tokens.len() == behind || self.is(behind, ')'));
        let counts = (of || closes || self.lot_of(at, behind))
            && self.unit_at(behind).is_none()
            && !self.times(behind)
            && !self.is(behind, '-')
            && !self.is(behind, '%')
            && !self.paired_at(behind);
        // "Bolsa con 3 bolsillos", "case with 2 zips" are one: a container counts what ends the text or is
        // called pieces.
        let with = crate::kind::is_with(self.word(at + 1)) || matches!(self.word(at + 1), "med" | "cu");
        let ends = self.tokens.get(behind).is_none_or(|token| matches!(token.piece, Piece::Mark(_)));
        let container = is_bag(self.word(at)) || with && is_box(self.word(at));
        if !counts || container && !ends && !self.counted_at(behind) {
            return None;
        }
        // "Pack de 6+2 unidades": eight.
        let more = self.tokens.get(behind + 1).and_then(Token::count).filter(|_| self.is(behind, '+'));
        if let Some(all) =
            more.filter(|_| self.counted_at(behind + 2)).and_then(|more| number.checked_add(more))
        {
            return Some(Count::new(all, Counted::Packs, at, behind + 3));
        }
        Some(Count { weak: !of && !closes, ..Count::new(number, Counted::Packs, at, behind) })
    }

    pub(super) fn product(&self, members: &[usize]) -> Option<Decimal> {
        members
            .iter()
            .try_fold(Decimal::ONE, |product, &at| product.checked_mul(self.tokens[at].count()?))
            .filter(|product| *product <= Decimal::from(100_000))
    }

    /// What kind of word ends a count: a unit of trade before what a unit is made of, leaves last.
    pub(super) fn rank(&self, count: &Count) -> u8 {
        let word = count.to.checked_sub(1).map_or("", |at| self.word(at));
        match count.of {
            Counted::Pieces if is_sheet_word(word) => 2,
            Counted::Pieces if !is_unit_word(word) => 1,
            _ => 0,
        }
    }
}
