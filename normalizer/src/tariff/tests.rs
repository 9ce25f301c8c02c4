//! Tables of every layout, their mistakes, and texts that nobody wrote.

use super::*;
use proptest::prelude::*;

const SECTIONS: &str = "section,hscode,description,parent,level\n\
    XVI,85,Machines,TOTAL,2\nXVI,8518,\"Sound, things for\",85,4\nXVI,851830,Headphones,8518,6\n\
    TOTAL,TOTAL,Everything,TOTAL,5\n";

fn code(digits: &str) -> HsCode {
    HsCode::parse(digits).unwrap()
}

#[test]
fn the_harmonized_system_is_read_with_its_hierarchy() {
    let table = parse(SECTIONS, None).unwrap();
    assert_eq!((table.format, table.bad.len()), (TariffFormat::HsSections, 0));
    let line = &table.lines[2];
    assert_eq!(
        (line.code, line.parent, line.text.as_str()),
        (code("851830"), Some(code("8518")), "Headphones")
    );
    assert_eq!(table.lines[0].parent, None);
    let other = "Classification,Code,Description,Code Parent,Level,isLeaf\nH5,85,Machines,TOTAL,2,0\nH5,8517,Phones,85,4,0\n";
    let table = parse(other, None).unwrap();
    assert_eq!((table.format, table.lines.len()), (TariffFormat::HsClassification, 2));
}

#[test]
fn the_combined_nomenclature_has_national_digits_and_units() {
    let text = "code;description;unit_id\n85183000;\"Headphones \"\"on the ear\"\", \u{92}quoted\u{92}\";intrastat_unit_pce\n\
                22083011;Whisky;intrastat_unit_l_alc_100_pct\n07032000;Garlic;\n99999999;Others;intrastat_unit_new\n";
    let table = parse(text, None).unwrap();
    assert!(table.format.comes_in_several_languages());
    let units: Vec<Vec<String>> = table.lines.iter().map(|line| line.units.clone()).collect();
    assert_eq!(units, [vec!["H87".to_owned()], vec!["LPA".to_owned()], vec![], vec!["new".to_owned()]]);
    assert_eq!(table.lines[0].parent, Some(code("851830")));
    assert_eq!(table.lines[0].text, "Headphones \"on the ear\", ’quoted’");
}

#[test]
fn lines_of_the_united_states_lie_under_headlines_without_codes() {
    let text = "\u{feff}HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty\n\
        \"0101\",\"0\",\"Live horses:\",\"\",\"\"\n\
        \"\",\"1\",\"Horses:\",\"\",\"\"\n\
        \"0101.21.00\",\"2\",\"For <i>breeding</i>\",\"\",\"Free\"\n\
        \"0101.21.00.10\",\"3\",\"Males\",\"[\"\"No.\"\",\"\"kg\"\"]\",\"\"\n\
        \"0101.30.00.00\",\"1\",\"Asses\",\"[\"\"No.\"\",\"\"heads\"\"]\",\"6.8%\"\n";
    let table = parse(text, None).unwrap();
    assert!(table.bad.is_empty(), "{:?}", table.bad);
    type Told = (String, Option<String>, Vec<String>, Vec<String>);
    let told: Vec<Told> = table
        .lines
        .iter()
        .map(|l| (l.code.dotted(), l.parent.map(|p| p.dotted()), l.headlines.clone(), l.units.clone()))
        .collect();
    let none = Vec::<String>::new;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(told[0], ("0101".to_owned(), None, none(), none()));
    assert_eq!(told[1], ("0101.21.00".to_owned(), some("0101"), vec!["Horses:".to_owned()], none()));
    assert_eq!(
        told[2],
        ("0101.21.00.10".to_owned(), some("0101.21.00"), none(), vec!["H87".to_owned(), "KGM".to_owned()])
    );
    assert_eq!(
        told[3],
        ("0101.30.00.00".to_owned(), some("0101"), none(), vec!["H87".to_owned(), "heads".to_owned()])
    );
    assert_eq!(table.lines[1].text, "For breeding");
}

#[test]
fn a_bad_line_is_listed_and_the_rest_goes_on() {
    let text = format!(
        "{SECTIONS}XVI,8518XX,No code,8518,6\nXVI,851840,,8518,6\nXVI,851830,Twice,8518,6\nXVI,851850,Elsewhere,8517,6\nXVI,851890\nXVI,851890,Parts,8518,6\n"
    );
    let table = parse(&text, None).unwrap();
    assert_eq!(table.lines.last().unwrap().code, code("851890"));
    let bad: Vec<String> = table.bad.iter().map(|bad| format!("{}: {}", bad.line, bad.reason)).collect();
    insta::assert_snapshot!(bad.join("\n"), @r"
    6: '8518XX' is not an HS code of 2, 4 or 6 to 12 digits
    7: 851840 has no text
    8: 851830 stands in line 4 already
    9: 851850 cannot lie under 8517
    10: 2 cells, the header has 5
    ");
}

#[test]
fn a_table_of_no_known_layout_is_refused_whole() {
    let error = parse("a,b\n1,2\n", None).unwrap_err().to_string();
    assert!(error.contains("no known layout") && error.contains("hs-sections"), "{error}");
    let error = parse(SECTIONS, Some(TariffFormat::CombinedNomenclature)).unwrap_err().to_string();
    assert!(error.contains("no column 'code'"), "{error}");
    assert!(parse("section,hscode,description,parent,level\n", None).is_err());
    assert!("xlsx".parse::<TariffFormat>().unwrap_err().contains("hts"));
}

#[test]
fn correlations_are_read_and_their_mistakes_listed() {
    let text = "# ours\nfrom_edition,from_code,to_edition,to_code,note\n\
        HS 2017,8517.12,HS 2022,851713,smartphones\nHS 2017,851712,HS 2022,851714,\n\
        HS 2017,851712,HS 2022,851714,again\nHS 2017,8517,HS 2022,851714,\nHS 2017,999998,HS 2022,,deleted\n\
        HS 2022,851713,HS 2022,851713,\n";
    let read = parse_correlation(text).unwrap();
    assert_eq!(read.moves.len(), 3);
    assert_eq!(read.moves[0].note.as_deref(), Some("smartphones"));
    assert_eq!(read.moves[2].to_code, None);
    let bad: Vec<String> = read.bad.iter().map(|bad| format!("{}: {}", bad.line, bad.reason)).collect();
    insta::assert_snapshot!(bad.join("\n"), @r"
    5: the same move twice
    6: from_code: '8517' is too short: at least six digits are needed
    8: both editions are 'HS 2022'
    ");
    assert!(parse_correlation("from_edition,from_code\n").unwrap_err().to_string().contains("to_edition"));
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(head in 0usize..4, body in "\\PC{0,200}(\n\\PC{0,80}){0,6}") {
        let header = TariffFormat::ALL[head].1.columns().join(if head == 2 { ";" } else { "," });
        let _ = parse(&format!("{header}\n{body}"), None);
        let _ = parse(&body, None);
        let _ = parse_correlation(&format!("from_edition,from_code,to_edition,to_code,note\n{body}"));
    }

    /// What is read can be found again: every line keeps its digits and its place under its parent.
    #[test]
    fn every_line_lies_under_its_parent(digits in proptest::collection::vec((1u32..99, 0u32..99, 0u32..99), 1..30)) {
        let mut text = String::from("hts number,indent,description,unit of quantity\n");
        for (at, (a, b, c)) in digits.iter().enumerate() {
            let indent = at % 4;
            text.push_str(&match indent {
                0 => format!("{a:02}{b:02},0,text,\n"),
                1 => ",1,headline,\n".to_owned(),
                _ => format!("{a:02}{b:02}.{c:02}.00,{indent},text,\n"),
            });
        }
        if let Ok(table) = parse(&text, None) {
            for line in &table.lines {
                prop_assert!(line.parent.is_none_or(|parent| line.code.is_within(&parent) && parent != line.code));
            }
            let lines = text.lines().skip(1).filter(|l| !l.starts_with(',')).count();
            prop_assert_eq!(table.lines.len() + table.bad.len(), lines);
        }
    }
}
