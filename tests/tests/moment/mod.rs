//! A crawl at a stated moment, by the same library the program is: what happens on a later day, or some
//! minutes later, without waiting for it.

use acceptance::App;
use api::pipeline::{CrawlReport, Pipeline};
use std::sync::Arc;

/// Crawls `shop.toml` into the data folder `d`.
pub fn crawl_at(app: &App, moment: &str) -> CrawlReport {
    let text = std::fs::read_to_string(app.path().join("shop.toml")).unwrap();
    let source = crawler::source_file::parse(&text, "shop.toml").unwrap();
    let settings = api::settings::Settings { data: app.path().join("d"), ..Default::default() };
    let clock = Arc::new(model::FixedClock(moment.parse().unwrap()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pipeline = Pipeline::open_at(settings, clock).await.unwrap();
        let report = pipeline.crawl(&source, &text, &Arc::new(false.into()), &|_| {}).await.unwrap();
        pipeline.store.close().await;
        report
    })
}
