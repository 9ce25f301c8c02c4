//! What the thing is, held to titles with known answers (`tests/identity/goods.tsv`): condition,
//! kind, commercial level, attributes, and the comparison of titles on `titles.tsv`.

#![allow(clippy::unwrap_used)]

use normalizer::identity::{Answer, Title, compare};
use normalizer::{condition, kind, level};
use std::collections::BTreeMap;

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(|l| l.split('\t').collect())
}

/// What the program says of a title, in the words of the table.
fn said(what: &str, expected: &str, title: &str) -> String {
    match what {
        "condition" => condition::grade_in_name(title).map_or("none", |(grade, _)| grade.code()).to_owned(),
        "kind" => kind::of_name(title).0.code().to_owned(),
        "level" => {
            let read = level::in_name(title);
            if expected.starts_with("moq") {
                read.and_then(|r| r.min_order).map_or("none".to_owned(), |n| format!("moq {n}"))
            } else {
                read.map_or("none", |_| "wholesale").to_owned()
            }
        }
        _ => {
            let read = Title::read(title, None);
            let mut out = Vec::new();
            for wanted in expected.split(' ') {
                let (name, _) = wanted.split_once('=').unwrap();
                let value = match name {
                    "model" => read.designation().unwrap_or("none").to_owned(),
                    "brand" => read.brand().unwrap_or("none").to_owned(),
                    _ => read
                        .attributes()
                        .iter()
                        .filter(|a| a.0 == name)
                        .map(|a| a.1.clone())
                        .collect::<Vec<_>>()
                        .join("/"),
                };
                out.push(format!("{name}={value}"));
            }
            out.join(" ")
        }
    }
}

#[test]
fn what_titles_say_of_their_goods() {
    let mut tally: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows(include_str!("identity/goods.tsv")) {
        let answer = said(row[0], row[1], row[2]);
        let entry = tally.entry(row[0]).or_default();
        entry.1 += 1;
        if answer == row[1] {
            entry.0 += 1;
        } else {
            wrong.push(format!("{}: '{}' is {}, read as {answer}", row[0], row[2], row[1]));
        }
    }
    println!("{tally:?}\n{}", wrong.join("\n"));
    for (what, (right, all)) in tally {
        assert!(f64::from(right) >= 0.95 * f64::from(all), "{what}: {right} of {all}\n{}", wrong.join("\n"));
    }
}

#[test]
fn titles_of_other_goods_are_seldom_called_the_same() {
    let all: Vec<Vec<&str>> = rows(include_str!("identity/titles.tsv")).collect();
    let read: Vec<Title> = all.iter().map(|row| Title::read(row[3], None)).collect();
    let (mut right, mut wrong, mut missed) = (0, Vec::new(), 0);
    for i in 0..all.len() {
        for j in i + 1..all.len() {
            let same = compare(&read[i], &read[j]);
            let back = compare(&read[j], &read[i]);
            assert_eq!(same.answer, back.answer, "{} | {}", all[i][3], all[j][3]);
            let (answer, goods) = (same.answer == Answer::Same, all[i][..2] == all[j][..2]);
            match (answer, goods) {
                (true, true) => right += 1,
                (true, false) => wrong.push(format!("{} | {}", all[i][3], all[j][3])),
                (false, true) => missed += 1,
                _ => {}
            }
        }
    }
    println!("{right} found, {missed} missed, wrong:\n{}", wrong.join("\n"));
    // Below what is measured (docs of `examples/identity_pairs.rs`): a fall is a mistake, not noise.
    assert!(f64::from(right) >= 0.85 * f64::from(right + wrong.len() as u32), "{}", wrong.join("\n"));
    assert!(f64::from(right) >= 0.6 * f64::from(right + missed), "{right} of {}", right + missed);
}

/// Titles of hostile pages: one piece over and over, a hundred thousand bytes long. Nothing panics,
/// overflows the stack or takes time that grows with the square of the length (that would be minutes).
#[test]
fn endless_titles_are_read_in_time() {
    let pieces = [
        "3 x ",
        "1x",
        "500g x 2 x ",
        "1 + ",
        "12-",
        "1.",
        "a1-",
        "m2 ",
        "for iphone ",
        "with case ",
        "Wi-Fi 5G ",
        "27\" ",
        "½",
        "pack of ",
        "moq 1,000 ",
        "\u{301}",
        "<",
        "&amp;",
        "ケース",
        "12万",
        "2 for ",
        "(",
        "left right ",
        "SAMSUNG ",
        "$1 ",
    ];
    for piece in pieces {
        let title = piece.repeat(100_000 / piece.len());
        let read = Title::read(&title, None);
        let _ = (compare(&read, &Title::read("LG 27GP850-B", None)), compare(&read, &read));
        let _ = (condition::grade_in_name(&title), kind::of_name(&title), level::in_name(&title));
        let _ = normalizer::quantity::parse(&title);
        let _ = normalizer::price::parse(&title, &normalizer::price::PriceHints::default());
        let _ = Title::of_address(&format!("https://shop.example/{}", title.replace(' ', "-")));
    }
}
