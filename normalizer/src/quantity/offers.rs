//! Counts in words ("twin pack", "a pair of", "une douzaine") and offers of more than is paid for.

use super::{Count, Counted, Scan};
use crate::unit::{is_dozen_word, is_lot_word, is_of_word, is_pair_word, is_piece_word, is_set_word};
use rust_decimal::Decimal;

/// "Pay" as offers say it ("lleve 3 pague 2").
fn is_pay(word: &str) -> bool {
    matches!(
        word,
        "pay"
            | "pague"
            | "paga"
            | "pagas"
            | "pagando"
            | "paghi"
            | "payez"
            | "zahl"
            | "zahle"
            | "zahlen"
            | "bezahle"
            | "betaal"
            | "zaplac"
            | "placisz"
            | "zaplat"
            | "плати"
            | "платите"
            | "odersin"
            | "betala"
            | "plateste"
    )
}

/// "Get" in "buy 2 get 1".
fn is_get(word: &str) -> bool {
    matches!(
        word,
        "get" | "krijg" | "erhalte" | "recibe" | "obtenez" | "ricevi" | "otrzymaj" | "receba" | "get."
    )
}

/// "Take" in "buy 2, take 3".
fn is_take(word: &str) -> bool {
    matches!(
        word,
        "take"
            | "llevate"
            | "lleva"
            | "lleve"
            | "llevas"
            | "leve"
            | "prendi"
            | "nimm"
            | "emportez"
            | "neem"
            | "wez"
    )
}

/// What is handed over beside what is paid for.
fn is_free(word: &str) -> bool {
    matches!(
        word,
        "gratis"
            | "free"
            | "gratuit"
            | "gratuite"
            | "gratuits"
            | "offert"
            | "offerte"
            | "offerts"
            | "zdarma"
            | "omaggio"
            | "gratuito"
            | "gratuita"
            | "gratisu"
            | "bedava"
            | "hediye"
            | "regalo"
            | "бесплатно"
            | "подарок"
            | "مجانا"
            | "ingyen"
    )
}

impl Scan<'_> {
    /// "2 + 1 free", "3 for 2", "buy 2 get 1", "lleve 3 pague 2": as many as are handed over, in doubt,
    /// because the price may be for those paid or for one.
    pub(super) fn more_for_less(&self, at: usize, next: usize) -> Option<Count> {
        let small = |at: usize| self.tokens.get(at)?.count().filter(|number| *number <= Decimal::TEN);
        let first = small(at)?;
        let found = |number, to| Some(Count { doubtful: true, ..Count::new(number, Counted::Packs, at, to) });
        if is_get(self.word(next)) {
            return found(first + small(next + 1)?, next + 2);
        }
        let comma = usize::from(self.is(next, ',') || self.is(next, '-'));
        if is_pay(self.word(next + comma)) {
            let paid = small(next + comma + 1)?;
            return if paid < first { found(first, next + comma + 2) } else { None };
        }
        // Turkish "3 al 2 öde".
        if self.word(next) == "al" && self.word(next + 2) == "ode" {
            small(next + 1)?;
            return found(first, next + 3);
        }
        // "Compra 2 y llévate 3".
        let and = usize::from(
            comma == 1 || matches!(self.word(next), "y" | "e" | "et" | "und" | "and" | "en" | "i"),
        );
        if is_take(self.word(next + and))
            && let Some(taken) = small(next + and + 1).filter(|taken| *taken > first)
        {
            return found(taken, next + and + 2);
        }
        let second = small(next + 1)?;
        // "4+2 rolls": two on top.
        if self.is(next, '+') && self.counted_at(next + 2) {
            let number = first + second;
            return Some(Count::new(number, Counted::Pieces, at, next + 3));
        }
        let more = self.is(next, '+') || matches!(self.word(next), "mas" | "mais" | "plus" | "piu");
        if more && is_free(self.word(next + 2)) {
            return found(first + second, next + 3);
        }
        let edge = at == 0 || self.tokens.len() == next + 2;
        let for_fewer = matches!(self.word(next), "fur" | "for" | "por" | "pour" | "voor" | "za" | "per")
            && first > second;
        if for_fewer && edge && self.unit_at(next + 2).is_none() { found(first, next + 2) } else { None }
    }

    /// "35 tablets + 10 free": all of them, in doubt.
    pub(super) fn with_free(&self, count: Count) -> Count {
        let more =
            self.tokens.get(count.to + 1).and_then(|token| token.count()).filter(|_| self.is(count.to, '+'));
        match more
            .filter(|_| is_free(self.word(count.to + 2)))
            .and_then(|more| count.number.checked_add(more))
        {
            Some(number) => Count { number, doubtful: true, to: count.to + 3, ..count },
            None => count,
        }
    }

    /// "+ 20 % free", "20 % gratis": the share a stated size may hold or lack.
    pub(super) fn share_on_top(&self) -> Option<Decimal> {
        let share = (0..self.tokens.len()).find(|&at| {
            let plus = at.checked_sub(1).is_some_and(|before| self.is(before, '+'));
            let said = is_free(self.word(at + 2)) && self.word(at + 2) != "free"
                || plus && matches!(self.word(at + 2), "free" | "extra" | "more" | "mehr" | "mas" | "mais");
            self.is(at + 1, '%') && self.number(at).is_some() && said
        })?;
        self.number(share).filter(|share| *share > Decimal::ZERO && *share <= Decimal::ONE_HUNDRED)
    }

    /// A count that a word names: how many, of what, and over how many words.
    pub(super) fn named_count(&self, at: usize) -> Option<(u32, Counted, usize)> {
        let word = self.word(at);
        let many = match word {
            "doppelpack" | "duopack" | "twinpack" | "dwupak" | "dvojpack" => Some((2, 1)),
            "dreierpack" | "trojpak" => Some((3, 1)),
            "viererpack" | "czteropak" => Some((4, 1)),
            "sechserpack" | "sixpack" | "szesciopak" => Some((6, 1)),
            "twin" | "duo" | "double" if self.word(at + 1) == "pack" => Some((2, 2)),
            "triple" if self.word(at + 1) == "pack" => Some((3, 2)),
            _ if matches!(self.word(at + 1), "pack" | "packs") => number_word(word).map(|number| (number, 2)),
            _ => None,
        };
        if let Some((number, len)) = many {
            return Some((number, Counted::Packs, len));
        }
        if !word.is_ascii()
            && let Some(dozens) = dozens_in_han(word)
        {
            return Some((dozens * 12, Counted::Pieces, 1));
        }
        let before = at.checked_sub(1).map_or("", |before| self.word(before));
        let one = at == 0
            || matches!(
                before,
                "a" | "one" | "un" | "une" | "una" | "uno" | "ein" | "eine" | "um" | "uma" | "een" | "en"
            );
        let of = matches!(self.word(at + 1), "of" | "de" | "d" | "di" | "da" | "van" | "von");
        if is_pair_word(word) && one && of && word != "para" && word != "par" {
            return Some((1, Counted::Pairs, 1));
        }
        if !is_dozen_word(word) || word.chars().count() < 3 {
            return None;
        }
        let half = matches!(
            before,
            "half"
                | "halbes"
                | "halve"
                | "demi"
                | "media"
                | "meia"
                | "mezza"
                | "pol"
                | "pul"
                | "полдюжины"
                | "yarim"
                | "halvt"
        );
        if half {
            return Some((6, Counted::Pieces, 1));
        }
        // "Eggs, dozen", "a dozen"; "cheaper by the dozen" and a baker's dozen are none.
        let edge = at == 0 || self.tokens.len() == at + 1;
        let the = matches!(before, "the" | "s" | "by" | "zum");
        ((edge || one || matches!(before, "per" | "pro" | "je" | "par" | "por" | "al" | "la")) && !the)
            .then_some((12, Counted::Pieces, 1))
    }

    /// "Lot 3 torchons": a pack word, a number, and the thing counted.
    pub(super) fn lot_of(&self, at: usize, behind: usize) -> bool {
        let word = self.word(behind);
        let few = self.tokens.get(behind - 1).and_then(|token| token.count());
        if !is_lot_word(self.word(at)) || few.is_none_or(|few| few > Decimal::ONE_HUNDRED) {
            return false;
        }
        // "Zestaw 3 sztuk": of three.
        if is_set_word(self.word(at)) && is_piece_word(word) {
            return true;
        }
        word.chars().count() >= 3
            && !is_of_word(word)
            && !matches!(
                word,
                "inch"
                    | "zoll"
                    | "mal"
                    | "fach"
                    | "way"
                    | "port"
                    | "ports"
                    | "mois"
                    | "ans"
                    | "anos"
                    | "years"
                    | "speed"
                    | "pro"
                    | "plus"
                    | "max"
                    | "mini"
                    | "volt"
                    | "watt"
                    | "and"
                    | "und"
                    | "teilig"
                    | "tlg"
                    | "stage"
                    | "step"
                    | "season"
                    | "series"
                    | "mah"
                    | "ports."
                    | "лет"
                    | "months"
                    | "monate"
                    | "meses"
            )
    }
}

/// Small numbers in words, as they stand before "pack".
fn number_word(word: &str) -> Option<u32> {
    let words = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    words.iter().zip(2..).find(|(known, _)| **known == word).map(|(_, number)| number)
}

/// "一打": dozens counted in Han numerals at the end of a run.
fn dozens_in_han(word: &str) -> Option<u32> {
    let number = word.strip_suffix('打')?.chars().next_back()?;
    "一二三四五六七八九".chars().zip(1..).find(|(numeral, _)| *numeral == number).map(|(_, value)| value)
}
