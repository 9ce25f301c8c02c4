//! What people read on the pages, held by text and by structure.

use super::*;
use crate::declared::{FieldError, LineErrors, LineInput};
use crate::http::Example;
use scraper::{Html, Selector};
use std::collections::BTreeSet;

fn texts(page: &str, selector: &str) -> Vec<String> {
    let document = Html::parse_document(page);
    document
        .select(&Selector::parse(selector).unwrap())
        .map(|e| {
            let text = e.text().collect::<Vec<_>>().join(" ");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// Rules that hold on every page: parses without errors, one h1, a language, ids used once,
/// every reference to an id and every label meets its target, no script, nothing from elsewhere.
fn is_sound(page: &str) {
    let document = Html::parse_document(page);
    assert!(document.errors.is_empty(), "{:?}", document.errors);
    let select = |s: &str| Selector::parse(s).unwrap();
    assert_eq!(document.select(&select("h1")).count(), 1);
    assert_eq!(document.select(&select("html[lang=en]")).count(), 1);
    assert_eq!(document.select(&select("script, [onclick], [style], iframe, img")).count(), 0);
    let mut ids = BTreeSet::new();
    for element in document.select(&select("[id]")) {
        let id = element.attr("id").unwrap();
        assert!(ids.insert(id.to_owned()), "id {id} is used twice");
    }
    for name in ["aria-labelledby", "aria-describedby", "for"] {
        for element in document.select(&select(&format!("[{name}]"))) {
            for id in element.attr(name).unwrap().split_whitespace() {
                assert!(ids.contains(id), "{name} points to {id}, which is not there");
            }
        }
    }
    for link in document.select(&select("a")) {
        let href = link.attr("href").unwrap();
        if let Some(id) = href.strip_prefix('#') {
            assert!(ids.contains(id), "link to #{id}");
        } else {
            assert!(
                href.starts_with('/') || href.starts_with("https://") || href.starts_with("http://"),
                "{href}"
            );
        }
    }
    for svg in document.select(&select("svg")) {
        assert!(svg.select(&select("title")).next().is_some());
        assert!(svg.select(&select("desc")).next().is_some());
    }
    let mut level = 0;
    for heading in document.select(&select("h1, h2, h3")) {
        let now: i32 = heading.value().name()[1..].parse().unwrap();
        assert!(now <= level + 1, "a heading level is skipped");
        level = now;
    }
}

fn keep_for_the_eye(name: &str, page: &str) {
    // Set to a folder to look at the pages in a browser.
    if let Ok(folder) = std::env::var("TOUCHSTONE_PAGES_OUT") {
        let page =
            page.replace("<link rel=\"stylesheet\" href=\"/style.css\">", &format!("<style>{STYLE}</style>"));
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), page).unwrap();
    }
}

fn links() -> Option<ResultLinks> {
    Some(ResultLinks {
        edit: "/?hs=070320".to_owned(),
        all: "/check?hs=070320&comparators=all".to_owned(),
        json: "/check.json?hs=070320".to_owned(),
        csv: "/check.csv?hs=070320".to_owned(),
    })
}

#[test]
fn every_kind_of_verdict_has_a_sound_page_with_its_caveat() {
    for (name, verdict) in samples::all() {
        let page = result_html(&verdict, links(), &samples::sources()).unwrap();
        is_sound(&page);
        keep_for_the_eye(name, &page);
        assert_eq!(texts(&page, ".caveat"), std::slice::from_ref(&verdict.caveat));
        assert_eq!(texts(&page, ".validation"), [crate::validation::UNVALIDATED]);
        assert_eq!(texts(&page, ".banner h2"), [crate::words::verdict(verdict.verdict)]);
        assert!(page.contains(&verdict.snapshot.to_string()));
        assert_eq!(texts(&page, ".schedule tbody").len(), verdict.comparators.len());
        // Without links it stands alone.
        let alone = result_html(&verdict, None, &[]).unwrap();
        is_sound(&alone);
        assert!(!alone.contains("<link"));
    }
}

#[test]
fn a_strong_reason_reads_like_an_annex() {
    let page = result_html(&samples::strong(), links(), &[]).unwrap();
    insta::assert_snapshot!(texts(&page, "h1, h2").join("\n"), @r#"
        Garlic, fresh, in 10 kg cartons
        Strong reason to ask
        The declared line, as understood
        What to ask the importer
        Signals
        Where the declared price lies
        Key figures
        How the reference was chosen
        Comparator schedule: 36 offers used
        Offers not used: 41
        Provenance
        Legal notice
        "#);
    insta::assert_snapshot!(texts(&page, ".figures tbody tr").join("\n"), @r#"
        Declared unit price 0.55 EUR per kg the declared value over the quantity
        Median of the offers 1.19 EUR per kg half of the offers ask less, half more; basis “offer”
        Ratio 46 % declared price against the median of the offers
        Middle half 1.03 – 1.35 EUR per kg between the quartiles; eight in ten lie between 0.913 and 1.58, one in twenty below 0.838
        Lowest comparable offer 0.672 EUR per kg shown for information, without legal weight
        Rank p, low side 0.027 share of the offers as low as the declared price or lower, the line counted among them; the smallest this group can give is 0.027
        Rank p, high side 1.000 share of the offers as high as the declared price or higher, the line counted among them; the smallest this group can give is 0.027
        Robust z −3.21 distance from the median, in spreads of these offers (on logarithms)
        Percentile 0 of 100 offers, how many lie below the declared price; 90 % interval 0 to 7.6
        Detectable up to 62 % a price at this share of the median or lower stands out 4 times in 5; predictive spread 0.24 on logarithms
        Evidence 36 effective votes 36 listings by 36 sellers on 4 sites; one seller, one vote
        Reference rung 2 of 4 similar goods: fresh garlic by description, new, wholesale, per kg
        Window 90 days each side offers seen from 2026-06-17 to 2026-12-14 count
        Markets mixed 34 % DE; 33 % ES; 33 % NL
        Use in law mixed 34 % risk only, Art. 7.2(e): offered to a third country; 33 % lead for Art. 5: imported goods offered in the importing country; 33 % risk only: countries not known
        "#);
    insta::assert_snapshot!(texts(&page, "dl.facts:not(.long) div").join("\n"), @r#"
        HS code 0703.20.00
        Description Garlic, fresh, in 10 kg cartons
        Condition new
        Commercial level wholesale
        Value 22,000.00 EUR
        Quantity 40,000 kg
        Net mass 40,000 kg
        Date of export 2026-09-15
        Route origin CN, export CN, import ES
        Transaction sale for export
        Price terms CIF
        "#);
    insta::assert_snapshot!(texts(&page, ".rungs li").join("\n"), @r#"
        Rung 1, identical goods: not tried: the line states neither a GTIN nor a brand with a model.
        Rung 2, similar goods: taken, 36 offers by 36 sellers on 4 sites. (36 listings found, by 36 sellers on 4 sites: 36 effective votes, smallest attainable p 0.027.)
        "#);
    insta::assert_snapshot!(texts(&page, "#offer-1").join("\n"), @"1. Garlic, purple, 10 kg carton Seller 01, gruenmarkt.example 6.720 EUR for 10 kg 0.672 2026-09-01 DE risk only, Art. 7.2(e) similarity 1: garlic https://gruenmarkt.example/offer/0 · page 98b8816d5a9f in gruenmarkt-20260901.warc.gz at byte 0 From page to unit price price text “11,80 €” read as 11.80 EUR size “10 kg” read as 10 kg 11.80 EUR ÷ 10 kg = 1.18 EUR per kg counts with weight 1; observation 76e23dde5a6c All its steps");
    insta::assert_snapshot!(texts(&page, ".excluded").join("\n"), @r#"
        40 × captured outside the window Fresh garlic, loose , 1.20 EUR for 1 kg Bazaar, bazaar.example; seen 2026-04-02; page a68a8309f146 captured 2026-04-02, 166 days before the export date; the window is 90 days Fresh garlic, loose , 1.20 EUR for 1 kg Bazaar, bazaar.example; seen 2026-04-02; page a68a8309f146 captured 2026-03-28, 171 days before the export date; the window is 90 days 38 more of this kind are not listed.
        1 × slip of the decimal point or of the unit Fresh garlic, loose , 1.20 EUR for 1 kg Bazaar, bazaar.example; seen 2026-04-02; page a68a8309f146 11.80 per kg is ten times the median: a slip of the decimal point
        "#);
    insta::assert_snapshot!(texts(&page, "#chart-wide desc").join("\n"), @"36 offers from 0.672 to 2.07. The middle half lies between 1.03 and 1.35, the median at 1.19. The declared price is 0.55. EUR per kg, logarithmic scale.");
}

#[test]
fn a_long_schedule_is_folded_on_the_screen_and_whole_on_paper() {
    let page = result_html(&samples::strong(), links(), &[]).unwrap();
    assert_eq!(texts(&page, "section > .schedule tbody").len(), 20);
    assert_eq!(texts(&page, ".rest > summary"), ["The other 16 offers"]);
    assert_eq!(texts(&page, ".rest .schedule tbody").len(), 16);
    let linked = samples::strong().comparators.iter().filter(|c| c.url.is_some()).count();
    assert_eq!(texts(&page, ".schedule .printonly").len(), linked, "an annex shows every address");
    let print = STYLE.split("@media print").nth(1).unwrap();
    for folded in
        [".excluded::details-content", ".rest::details-content", ".schedule details::details-content"]
    {
        assert!(print.contains(folded), "{folded} stays folded on paper");
    }
    let mut short = samples::strong();
    short.comparators.truncate(25);
    assert!(texts(&result_html(&short, links(), &[]).unwrap(), ".rest").is_empty());
}

#[test]
fn missing_evidence_names_its_cures_and_asks_nothing() {
    let page = result_html(&samples::insufficient(), links(), &[]).unwrap();
    insta::assert_snapshot!(texts(&page, ".figures tbody tr").join("\n"), @r#"
        Declared unit price 18.00 EUR per kg the declared value over the quantity
        Smallest attainable p 0.143 what even the lowest price of all would get among these few offers
        "#);
    insta::assert_snapshot!(texts(&page, ".pair section:nth-child(2)").join("\n"), @"What would make a comparison possible Offers of 13 more sellers for an own 5 % claim. Offers from at least one more site.");
    insta::assert_snapshot!(texts(&page, ".rungs li").join("\n"), @r#"
        Rung 1, identical goods: not tried: the line states neither a GTIN nor a brand with a model.
        Rung 2, similar goods: not enough: 6 effective votes, and an own 5 % claim needs 19; 1 site, at least 2 are needed. (6 listings found, by 6 sellers on 1 site: 6 effective votes, smallest attainable p 0.143.)
        "#);
}

#[test]
fn intervals_and_conversions_are_told() {
    let page = result_html(&samples::high(), links(), &[]).unwrap();
    insta::assert_snapshot!(texts(&page, ".figures tbody tr").into_iter().take(3).collect::<Vec<_>>().join("\n"), @r#"
        Declared unit price 9.67 EUR per kg declared 8.39 GBP per kg; 1 GBP = 1.1523 EUR on 2026-09-15 (ECB reference rates)
        Median of the offers 1.19 EUR per kg of the low ends of the offers, the side that favours the trader; of their high ends 1.49 EUR per kg
        Ratio 8.13 times declared price against the median of the offers; against the median of the high ends 6.51 times
        "#);
    assert_eq!(texts(&page, ".c-declared text"), ["declared 9.67", "declared 9.67"]);
}

#[test]
fn strangers_words_stay_words() {
    let mut verdict = samples::strong();
    let attack = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    verdict.declaration.description = Some(attack.to_owned());
    verdict.declaration.line = Some(attack.to_owned());
    verdict.comparators[0].name = attack.to_owned();
    verdict.comparators[0].seller = attack.to_owned();
    verdict.comparators[0].url = Some("javascript:alert(1)".to_owned());
    verdict.comparators[1].url = Some("https://x.example/\"onmouseover=\"alert(1)".to_owned());
    verdict.comparators[2].steps = vec![attack.to_owned()];
    verdict.excluded[0].detail = attack.to_owned();
    verdict.excluded[0].url = Some("data:text/html,x".to_owned());
    if let Some(reference) = &mut verdict.reference {
        reference.label = attack.to_owned();
    }
    let page = result_html(&verdict, links(), &[]).unwrap();
    is_sound(&page);
    assert!(!page.contains("<script"));
    assert!(!page.contains("javascript:"));
    assert!(!page.contains("data:text"));
    assert_eq!(texts(&page, "h1"), [attack]);
    let line = LineInput { description: Some(attack.to_owned()), ..LineInput::default() };
    let form = form_html(&line, None, &[], None, "2026-09-30".parse().unwrap()).unwrap();
    is_sound(&form);
    assert!(!form.contains("<script"));
}

#[test]
fn the_form_keeps_its_input_and_names_errors_beside_fields() {
    let line = LineInput {
        hs: Some("0703.99".to_owned()),
        description: Some("garlic & onions".to_owned()),
        condition: Some("NEW".to_owned()),
        unit: Some("KGM".to_owned()),
        level: Some("factory".to_owned()),
        ..LineInput::default()
    };
    let errors = LineErrors(vec![
        FieldError { field: "hs".to_owned(), message: "HS 2022 has no subheading 0703.99".to_owned() },
        FieldError { field: "level".to_owned(), message: "'factory' is not a commercial level".to_owned() },
        FieldError { field: "colour".to_owned(), message: "is not a field of a declared line".to_owned() },
    ]);
    let examples = [Example {
        label: "garlic at 0.55".to_owned(),
        line: LineInput {
            hs: Some("070320".to_owned()),
            price: Some("0.55".to_owned()),
            ..LineInput::default()
        },
    }];
    let page = form_html(&line, Some(&errors), &examples, None, "2026-09-30".parse().unwrap()).unwrap();
    is_sound(&page);
    keep_for_the_eye("form_errors", &page);
    insta::assert_snapshot!(texts(&page, ".errors li, .field .error").join("\n"), @r#"
        HS code : HS 2022 has no subheading 0703.99
        Commercial level : 'factory' is not a commercial level
        colour : is not a field of a declared line
        HS 2022 has no subheading 0703.99
        'factory' is not a commercial level
        "#);
    let document = Html::parse_document(&page);
    let value = |selector: &str| {
        let selector = Selector::parse(selector).unwrap();
        document.select(&selector).next().and_then(|e| e.attr("value")).map(str::to_owned)
    };
    assert_eq!(value("#f-hs").as_deref(), Some("0703.99"));
    assert_eq!(value("#f-description").as_deref(), Some("garlic & onions"));
    assert_eq!(value("#f-condition option[selected]").as_deref(), Some("new"));
    assert_eq!(value("#f-unit option[selected]").as_deref(), Some("kg"));
    assert_eq!(value("#f-level option[selected]").as_deref(), Some("factory"));
    let link = Selector::parse(".examples a").unwrap();
    assert!(document.select(&link).next().is_none(), "examples would stand between errors and fields");
    // Every field of a line but the importer, which no address should show, is on the form.
    let names: BTreeSet<String> = document
        .select(&Selector::parse("input, select").unwrap())
        .map(|e| e.attr("name").unwrap().to_owned())
        .collect();
    let serde_json::Value::Object(fields) = serde_json::to_value(LineInput::default()).unwrap() else {
        panic!()
    };
    let wanted: BTreeSet<String> = fields.keys().filter(|k| *k != "importer").cloned().collect();
    assert_eq!(names, wanted);
    let empty =
        form_html(&LineInput::default(), None, &examples, None, "2026-09-30".parse().unwrap()).unwrap();
    is_sound(&empty);
    let document = Html::parse_document(&empty);
    assert_eq!(document.select(&link).next().unwrap().attr("href"), Some("/check?hs=070320&price=0.55"));
    keep_for_the_eye("form", &empty);
}

#[test]
fn the_observatory_shows_what_is_released_and_counts_what_is_not() {
    let data = samples::observatory();
    let page = observatory_page(&data).unwrap();
    is_sound(&page);
    keep_for_the_eye("observatory", &page);
    insta::assert_snapshot!(texts(&page, ".tally, ul.withheld li, .card h2, .cells tbody tr").join("\n"), @r#"
        7 groups published, 3 withheld, 6 subheadings.
        2 withheld: fewer than 5 sellers
        1 withheld: one seller holds more than half of the offers
        HS 0703.20
        new, wholesale, per kg 1.18 0.944 – 1.47 ≥ 35
        new, retail, per kg 3.45 2.76 – 4.31 ≥ 55
        HS 8517.13
        new, retail, per piece 168 134 – 210 ≥ 50
        new, wholesale, per piece 121 – ≥ 10
        used, retail, per piece 74.0 59.2 – 92.5 ≥ 25
        HS 8539.52
        new, wholesale, per piece 0.580 0.464 – 0.725 ≥ 20
        new, wholesale, per kg 9.67 – ≥ 5
        HS 6403.99 used, retail, per pair fewer than 5 sellers
        HS 8703.23 used, retail, per piece one seller holds more than half of the offers
        HS 8703.24 used, retail, per piece fewer than 5 sellers
        "#);
    assert_eq!(texts(&page, ".card svg").len(), 3);
    assert_eq!(texts(&page, ".card .seen"), ["Prices seen 2026-09-01 to 2026-09-12"; 3]);
    let hs6 = "851713".parse().unwrap();
    let one = group_html(&data.only(hs6).unwrap(), hs6).unwrap();
    is_sound(&one);
    keep_for_the_eye("subheading", &one);
    assert_eq!(texts(&one, ".card").len(), 1);
    assert!(data.only("010121".parse().unwrap()).is_none());
}

#[test]
fn the_standalone_observatory_loads_nothing() {
    let snapshot = model::Snapshot {
        id: model::ContentHash::of(b"empty"),
        currency: model::Currency::EUR,
        comparables: Vec::new(),
        exclusions: Vec::new(),
        groups: Vec::new(),
    };
    let index = statistics::ReferenceIndex::of(&snapshot).unwrap();
    let data = ObservatoryData::of(&index, &samples::sources(), "2026-09-30".parse().unwrap());
    let page = observatory_html(&data).unwrap();
    is_sound(&page);
    assert!(page.contains("<style>") && page.contains("--paper"));
    assert!(!page.contains("<link") && !page.contains("href=\"/"));
    assert_eq!(texts(&page, ".tally"), ["0 groups published, 0 withheld, 0 subheadings."]);
    assert_eq!(texts(&page, ".sources li").len(), 2);
    assert_eq!(texts(&page, "#sites-title").len(), 0);
    assert!(page.contains("on no day: no offer could be read"));
    let nobody = observatory_html(&ObservatoryData { sources: Vec::new(), ..data }).unwrap();
    is_sound(&nobody);
    assert!(nobody.contains("Permission or legal basis: unknown."));
}

#[test]
fn the_observatory_says_where_and_when_prices_were_seen_and_what_it_does_not_cover() {
    let data = samples::observatory();
    let page = observatory_page(&data).unwrap();
    let told = texts(&page, ".tally + p, .tally + p + .note, .sites li, .more-sites, footer dl div");
    insta::assert_snapshot!(told[..7].join("\n").replace('\u{a0}', " "), @r"
        Prices seen 2026-09-01 to 2026-09-15. Snapshot built 2026-09-20. Page made 2026-09-30.
        Of ≥ 3,990 offers, ≥ 1,330 (about 33 %) stand in no group: ≥ 1,300 without a six-digit HS code, ≥ 25 accessories or several articles at one price. What stands in no group is in no figure here.
        gruenmarkt.example : ≥ 2,600 offers, seen 2026-09-01 to 2026-09-15 Use in law: imported into DE: lead for Art. 5 Collected as: list-2026-09
        bazaar.example : fewer than 5 offers, seen 2026-09-01 Use in law: unknown where the offer states no market Collected as: list-2026-09
        And 3 more sites with no more offers than these.
        Prices seen 2026-09-01 to 2026-09-15
        Snapshot built 2026-09-20
        ");
    // One subheading says when, and lists no sites: a list of a group's own could name a seller.
    let hs6 = "640399".parse().unwrap();
    let one = group_html(&data.only(hs6).unwrap(), hs6).unwrap();
    is_sound(&one);
    assert!(one.contains("Prices seen 2026-09-01 to 2026-09-15 in the whole snapshot."));
    assert_eq!((texts(&one, ".sites li").len(), texts(&one, ".seen").len()), (0, 0));
    let json = serde_json::to_value(&data).unwrap();
    assert_eq!((&json["built"], &json["last_day"]), (&"2026-09-20".into(), &"2026-09-15".into()));
    assert_eq!((&json["ungrouped"], &json["ungrouped_by"]["no_hs"]), (&1_330.into(), &1_300.into()));
    let cell = &json["cells"][0];
    assert_eq!((&cell["hs6"], &cell["last_day"]), (&"070320".into(), &"2026-09-12".into()));
    assert!(json["cells"][2]["suppressed"].is_string() && json["cells"][2]["last_day"].is_null());
}

#[test]
fn the_cells_have_a_table_for_programs() {
    let csv = String::from_utf8(samples::observatory().csv().unwrap()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 11);
    assert!(lines[0].starts_with("hs6,unit,condition,level,market,currency,n_sellers,n_sites,median,"));
    assert!(
        lines[1].starts_with("070320,KGM,new,wholesale,,EUR,35,3,1.18,0.944,1.47,,,,2026-09-30,"),
        "{}",
        lines[1]
    );
    assert!(lines[0].ends_with(",snapshot,first_day,last_day"), "{}", lines[0]);
    assert!(lines[1].ends_with(",2026-09-01,2026-09-12"), "{}", lines[1]);
    // No day of what is withheld.
    assert!(lines[3].starts_with("640399,") && lines[3].ends_with(",,"), "{}", lines[3]);
}

#[test]
fn pages_of_the_nomenclature_are_sound_at_every_level() {
    use crate::nomenclature;
    use model::HsCode;
    let asked = |query: &str| HsAsked { query: query.to_owned(), language: None, errors: None };
    is_sound(&hs_search_html(&asked(""), None).unwrap());
    let page =
        hs_search_html(&asked("écouteurs <b>"), Some(&nomenclature::search("écouteurs sans fil", None, 5)))
            .unwrap();
    is_sound(&page);
    assert!(texts(&page, ".hits h3")[0].starts_with("8518.30"), "{:?}", texts(&page, ".hits h3"));
    assert!(texts(&page, ".hits .meta").iter().any(|line| line.starts_with("Matched in French: ")));
    let none = hs_search_html(&asked("zzzzqqqq"), Some(&nomenclature::search("zzzzqqqq", None, 5))).unwrap();
    is_sound(&none);
    assert!(none.contains("Nothing found"));
    let errors = LineErrors(vec![FieldError { field: "lang".to_owned(), message: "is <odd>".to_owned() }]);
    is_sound(&hs_search_html(&HsAsked { errors: Some(errors), ..asked("") }, None).unwrap());
    for code in ["85", "8518", "851830", "8518300090", "010121", "970690"] {
        let code = HsCode::parse(code).unwrap();
        let page = hs_code_html(&code, &nomenclature::show(&code, &[]).unwrap(), code.level() == 6).unwrap();
        is_sound(&page);
        assert_eq!(page.contains("Offer prices in the observatory"), code.level() == 6, "{code}");
        assert_eq!(page.contains("Check a line with this code"), code.level() >= 6, "{code}");
    }
}
