//! How long the nomenclature's search takes to be ready, and a search: `cargo run --release -p normalizer
//! --example search_cost`.

use normalizer::nomenclature::{Language, Nomenclature, Search};
use std::time::Instant;

fn main() {
    let begin = Instant::now();
    let count = Nomenclature::builtin().subheadings().len();
    println!("{count} subheadings read: {:?}", begin.elapsed());
    let queries = [
        "wireless earbuds",
        "écouteurs sans fil",
        "кроссовки женские",
        "power bank 20000mah",
        "wirless earbads",
        "Damenlederschuhe",
        "蓝牙耳机",
        "سماعات بلوتوث",
        "zapatillas deportivas",
        "fone de ouvido",
    ];
    for query in queries.iter().chain(&queries) {
        let begin = Instant::now();
        let hits = Search::builtin().find(query, 3);
        let took = begin.elapsed();
        let found: Vec<String> = hits
            .iter()
            .map(|hit| format!("{} {} [{}]", hit.subheading.hs, hit.language, hit.why.join(", ")))
            .collect();
        println!("{took:>10.1?}  {query}: {}", found.join("; "));
    }
    let begin = Instant::now();
    for language in Language::ALL {
        Search::builtin().find_in(*language, "usb", 1);
    }
    println!("every other language made ready: {:?}", begin.elapsed());
}
