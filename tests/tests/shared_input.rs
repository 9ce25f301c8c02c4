//! The main job on real input: saved pages, real price lists, real rates. Needs the shared material.

#![allow(clippy::unwrap_used)]

use acceptance::{App, shared};

#[test]
fn real_pages_and_lists_become_a_reference_that_tells_prices_apart() {
    let Some(folder) = shared("real_pages_and_lists_become_a_reference_that_tells_prices_apart") else {
        return;
    };
    let data = |path: &str| folder.join("data").join(path).canonicalize().unwrap().display().to_string();
    let map = |name: &str| acceptance::root().join("config/maps").join(name).display().to_string();
    let app = App::new();
    app.run(&["import", "fx", &data("fx/eurofxref-hist.zip"), "--data", "d"]).ok();
    let pages = app
        .run(&[
            "import",
            "pages",
            &data("pages/index.jsonl"),
            "--captured",
            "2023-10-01",
            "--condition",
            "new",
            "--data",
            "d",
            "--json",
        ])
        .json();
    assert_eq!(pages["pages"], 207, "{pages:#}");
    assert!(pages["observations_new"].as_u64().unwrap() > 40, "{pages:#}");
    let lists = [
        ("listings/offers_2023-10-01_EUR.jsonl.gz", "monitor_offers.toml", 10_000),
        ("listings/supermarkets_es_EUR_productos.csv.gz", "supermarkets_es.toml", 15_000),
        ("listings/jumia_egypt_EGP.csv.gz", "jumia_egypt.toml", 300),
        ("listings/jumia_morocco_fr_MAD.csv.gz", "jumia_morocco.toml", 290),
    ];
    for (file, name, least) in lists {
        let report = app
            .run(&[
                "import",
                "listings",
                &data(file),
                "--map",
                &map(name),
                "--captured",
                "2023-10-01",
                "--data",
                "d",
                "--json",
            ])
            .json();
        assert!(report["observations_new"].as_u64().unwrap() >= least, "{file}: {report:#}");
    }
    let built = app.run(&["snapshot", "build", "--data", "d", "--json"]).json();
    assert!(built["observations"].as_u64().unwrap() > 25_000, "{built:#}");
    // Dirham and Egyptian pound have no ECB rate: left out with that reason, never guessed.
    let shown = app.run(&["snapshot", "show", "--data", "d", "--json"]).json();
    assert!(shown["left_out"]["no_exchange_rate"].as_u64().unwrap() > 300, "{}", shown["left_out"]);
}
