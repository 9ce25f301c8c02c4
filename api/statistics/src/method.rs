//! The number of the method by which figures are reckoned: it stands in every snapshot, price table and verdict,
//! so that figures of two methods are never taken for one another. Not the version of the program, which says
//! nothing of figures, nor that of a file's form (`columnar`).

/// How groups are described and figures reckoned: one more whenever the same prices give figures that differ in
/// any digit, or count otherwise.
pub const METHOD: u32 = 7;

/// The first method by which sources of a price table count as they are spelled.
const AS_SPELLED: u32 = 5;

/// The first method by which names of sellers keep the marks of which words of their script are made.
const WITH_MARKS: u32 = 6;

/// The first method by which a fit rests where a round moves it by less than a ten-thousandth of its spread.
const TO_A_TEN_THOUSANDTH: u32 = 7;

/// A method in words. Files and verdicts of before methods were numbered say none, which is 0.
pub fn method_named(method: u32) -> String {
    match method {
        0 => "a method of before these were numbered".to_owned(),
        numbered => format!("method {numbered}"),
    }
}

/// What differs between the figures of a price table by one method and by another; `None` where they are the same.
pub fn methods_differ(one: u32, other: u32) -> Option<&'static str> {
    let (older, newer) = (one.min(other), one.max(other));
    if older == newer {
        return None;
    }
    Some(if older < AS_SPELLED && newer >= AS_SPELLED {
        "until method 4 sources written nearly alike could count as one, from method 5 on they count as they are \
         spelled, and figures may differ in their last digits"
    } else if older < WITH_MARKS && newer >= WITH_MARKS {
        "figures may differ in their last digits, and of offers sellers whose names differ by vowel marks alone count \
         as two from method 6 on"
    } else if older < TO_A_TEN_THOUSANDTH && newer >= TO_A_TEN_THOUSANDTH {
        "figures may differ by ten-thousandths of a group's spread"
    } else {
        "the same prices may give other figures"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_said_of_the_methods_between() {
        assert_eq!(methods_differ(METHOD, METHOD), None);
        assert!(
            methods_differ(4, 5).unwrap().contains("spelled")
                && methods_differ(5, 0).unwrap().contains("spelled")
        );
        assert!(!methods_differ(3, 4).unwrap().contains("spelled"));
        let of_marks = methods_differ(5, 6).unwrap();
        assert!(of_marks.contains("vowel marks") && !of_marks.contains("spelled"));
        assert!(methods_differ(6, 7).unwrap().contains("ten-thousandths"));
        assert!(methods_differ(7, 8).unwrap().contains("other figures"));
        assert_eq!(method_named(4), "method 4");
        assert!(method_named(0).contains("before"));
    }
}
