//! Counts in words ("twin pack", "a pair of", "une douzaine") and offers of more than is paid for.

use super::{Count, Counted, Scan};
use crate::unit::{is_dozen_word, is_pair_word};
use rust_decimal::Decimal;

impl Scan<'_> {
    /// "2 + 1 free", "3 for 2", "buy 2 get 1": as many as are handed over, in doubt, because the
    /// price may be for those paid or for all.
    pub(super) fn more_for_less(&self, at: usize, next: usize) -> Option<Count> {
        let small = |at: usize| self.tokens.get(at)?.count().filter(|number| *number <= Decimal::TEN);
        let first = small(at)?;
        let found = |number, to| Some(Count { number, of: Counted::Packs, doubtful: true, from: at, to });
        let buy = at.checked_sub(1).is_some_and(|before| self.word(before) == "buy");
        if buy && self.word(next) == "get" {
            return found(first + small(next + 1)?, next + 2);
        }
        let second = small(next + 1)?;
        // "4+2 rolls": two on top.
        if self.is(next, '+') && self.counted_at(next + 2) {
            let number = first + second;
            return Some(Count { number, of: Counted::Pieces, doubtful: false, from: at, to: next + 3 });
        }
        let free = matches!(
            self.word(next + 2),
            "gratis" | "free" | "gratuit" | "gratuite" | "offert" | "offerte" | "zdarma" | "omaggio"
        );
        if self.is(next, '+') && free {
            return found(first + second, next + 3);
        }
        let ends = self.tokens.len() == next + 2;
        let for_fewer =
            matches!(self.word(next), "fur" | "for" | "por" | "pour" | "voor" | "za") && first > second;
        if for_fewer && ends { found(first, next + 2) } else { None }
    }

    /// A count that a word names: how many, of what, and over how many words.
    pub(super) fn named_count(&self, at: usize) -> Option<(u32, Counted, usize)> {
        let word = self.word(at);
        let many = match word {
            "doppelpack" | "duopack" | "twinpack" => Some((2, 1)),
            "dreierpack" => Some((3, 1)),
            "viererpack" => Some((4, 1)),
            "sechserpack" | "sixpack" => Some((6, 1)),
            "twin" | "duo" | "double" if self.word(at + 1) == "pack" => Some((2, 2)),
            "triple" if self.word(at + 1) == "pack" => Some((3, 2)),
            _ => None,
        };
        if let Some((number, len)) = many {
            return Some((number, Counted::Packs, len));
        }
        // "Pair of", "une paire de", "a dozen": one of them.
        let one = at.checked_sub(1).is_none_or(|before| {
            matches!(
                self.word(before),
                "a" | "one" | "un" | "une" | "una" | "uno" | "ein" | "eine" | "um" | "uma" | "een"
            )
        });
        let of = matches!(self.word(at + 1), "of" | "de" | "d" | "di" | "da" | "van");
        if is_pair_word(word) && one && of && word != "para" && word != "par" {
            return Some((1, Counted::Pairs, 1));
        }
        (is_dozen_word(word) && one && at > 0).then_some((12, Counted::Pieces, 1))
    }

    /// "Lot 3 torchons": a pack word, a number, and the thing counted.
    pub(super) fn lot_of(&self, at: usize, behind: usize) -> bool {
        let word = self.word(behind);
        matches!(self.word(at), "lot" | "lote" | "pack" | "kit")
            && word.chars().count() >= 3
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
            )
    }
}
