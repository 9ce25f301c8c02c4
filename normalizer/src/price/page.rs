//! What the prices of one page or site say together about their marks. Single prices are read in
//! the module above.

use super::number::{self, Form, Number};

/// The mark before decimals in other price texts of the same page, list or site, where they show
/// one habit: "1.499,00 €" settles what "1.299 €" means beside it. Texts that tell nothing are
/// passed over; where two contradict each other the answer is `None`.
pub fn decimal_mark_among<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<char> {
    let mut found = None;
    for text in texts {
        let plain = number::plain(super::beginning(text));
        let mut at = 0;
        while at < plain.len() {
            if !plain[at].c.is_ascii_digit() {
                at += 1;
                continue;
            }
            let number = Number::scan(&plain, at, None);
            at = number.end.max(at + 1);
            match number.told_mark() {
                Some(mark) if found.is_some_and(|held| held != mark) => return None,
                Some(mark) => found = Some(mark),
                None => {}
            }
        }
    }
    found
}

impl Number {
    /// The decimal mark that this number shows by its form: one or two digits behind the last mark,
    /// or groups of thousands that only the other mark can make.
    fn told_mark(&self) -> Option<char> {
        let (marks, tail) = self.marks_and_tail()?;
        let last = *marks.last()?;
        match self.form(None) {
            Form::Sure(1 | 2) if matches!(last, '.' | ',') && tail <= 2 => Some(last),
            Form::Sure(0) if marks.len() > 1 && matches!(last, '.' | ',') => {
                Some(if last == '.' { ',' } else { '.' })
            }
            _ => None,
        }
    }
}
