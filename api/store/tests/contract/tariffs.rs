//! Imported nomenclature: what comes back, and what an import replaces.

use super::Place;
use super::fixtures::day;
use model::{ContentHash, HsCode};
use store::{EditionRow, MoveRow, TariffRow};

fn code(digits: &str) -> HsCode {
    HsCode::parse(digits).unwrap()
}

fn edition(name: &str, language: &str, lines: u64) -> EditionRow {
    EditionRow {
        edition: name.to_owned(),
        language: language.to_owned(),
        format: "cn".to_owned(),
        content_hash: ContentHash::of(name.as_bytes()),
        imported_at: day(0),
        lines,
    }
}

fn line(place: u64, digits: &str, language: &str) -> TariffRow {
    let code = code(digits);
    TariffRow {
        code,
        language: language.to_owned(),
        place,
        parent: code.heading().filter(|heading| *heading != code),
        headlines: vec!["Phones:".to_owned(), "über \"alles\"".to_owned()],
        description: format!("line {digits}"),
        units: vec!["H87".to_owned()],
    }
}

pub async fn everything_of_an_edition_comes_back(place: Place) {
    let store = place.open().await;
    assert!(store.editions().await.unwrap().is_empty());
    // More lines than one statement writes.
    let many: Vec<TariffRow> = (0..2_345).map(|n| line(n, &format!("84{n:04}00"), "en")).collect();
    let editions = [edition("CN 2023", "en", 2_345), edition("HS 2022", "en", 3)];
    store.put_edition(&editions[0], &many).await.unwrap();
    let few = [line(0, "85", "en"), line(1, "8517", "en"), line(2, "851713", "en")];
    store.put_edition(&editions[1], &few).await.unwrap();
    assert_eq!(store.editions().await.unwrap(), editions);
    assert_eq!(store.tariff_lines("HS 2022", &code("8517")).await.unwrap(), few[1..]);
    assert_eq!(store.tariff_lines("HS 2022", &code("85")).await.unwrap(), few);
    assert_eq!(store.tariff_lines("CN 2023", &code("84")).await.unwrap(), many);
    assert_eq!(store.tariff_lines("CN 2023", &code("840012")).await.unwrap(), [many[12].clone()]);
    assert!(store.tariff_lines("HS 2022", &code("8518")).await.unwrap().is_empty());
    assert!(store.tariff_lines("HS 2017", &code("85")).await.unwrap().is_empty());
}

pub async fn an_edition_is_replaced_whole(place: Place) {
    let store = place.open().await;
    let (english, german) = (edition("CN 2023", "en", 2), edition("CN 2023", "de", 1));
    let first = [line(0, "85171300", "en"), line(1, "85171400", "en")];
    store.put_edition(&english, &first).await.unwrap();
    store.put_edition(&german, &[line(0, "85171300", "de")]).await.unwrap();
    let languages: Vec<String> =
        store.tariff_lines("CN 2023", &code("85")).await.unwrap().into_iter().map(|l| l.language).collect();
    assert_eq!(languages, ["de", "en", "en"]);
    // Again, with other lines: none of the former is left, the other language stays.
    let second = [line(0, "85171400", "en")];
    store.put_edition(&EditionRow { imported_at: day(1), lines: 1, ..english }, &second).await.unwrap();
    let rows = store.tariff_lines("CN 2023", &code("85")).await.unwrap();
    assert_eq!(rows, [line(0, "85171300", "de"), second[0].clone()]);
    assert_eq!(store.editions().await.unwrap()[1].imported_at, day(1));
    // One that cannot be written leaves what was there.
    let twice = [line(0, "85171800", "en"), line(1, "85171800", "en")];
    assert!(store.put_edition(&edition("CN 2023", "en", 2), &twice).await.is_err());
    assert_eq!(store.tariff_lines("CN 2023", &code("85")).await.unwrap(), rows);
}

pub async fn moves_are_replaced_by_pair_of_editions(place: Place) {
    let store = place.open().await;
    let moved = |from: &str, digits: &str, to: Option<&str>| MoveRow {
        from_edition: from.to_owned(),
        from_code: code(digits),
        to_edition: "HS 2022".to_owned(),
        to_code: to.map(code),
        note: to.is_none().then(|| "no trade".to_owned()),
    };
    let first = [
        moved("HS 2017", "851712", Some("851713")),
        moved("HS 2017", "851712", Some("851714")),
        moved("HS 2012", "851712", Some("851713")),
        moved("HS 2017", "999998", None),
    ];
    store.put_moves(&first).await.unwrap();
    let all = store.moves().await.unwrap();
    assert_eq!(all, [first[2].clone(), first[0].clone(), first[1].clone(), first[3].clone()]);
    assert_eq!(store.moves_from(&code("8517")).await.unwrap(), all[..3]);
    assert!(store.moves_from(&code("851713")).await.unwrap().is_empty());
    store.put_moves(&first[..1]).await.unwrap();
    assert_eq!(store.moves().await.unwrap(), [first[2].clone(), first[0].clone()]);
}
