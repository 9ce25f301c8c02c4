//! The bundled market: six invented shops on loopback, for `touchstone demo` and for tests.
//!
//! One catalogue of goods is rendered into six shops with different habits (JSON-LD, microdata,
//! plain HTML, quantity breaks, OpenGraph, embedded state), in five languages and six currencies.
//! Every price is a function of seed, date, seller and goods, so a later date gives later prices
//! and the same date gives the same bytes. Shops, sellers, brands and texts are ours; hosts are
//! under the reserved `.example`.
//!
//! Not a test double for hostile servers (the crawler's own tests have those), and no source of
//! real prices: levels are plausible, nothing more.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use fixture_market::{DEMO_DATE, DEMO_SEED, Market, serve};
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let running = serve(Market::new(DEMO_SEED, DEMO_DATE, 1), listener).await?;
//! println!("shops answer at {} by Host header", running.addr());
//! running.shutdown().await;
//! # Ok(()) }
//! ```

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bundled;
mod catalogue;
mod error;
mod html;
mod market;
mod price;
mod reply;
mod sellers;
mod server;
mod shops;
mod site;
mod world;

pub use bundled::{DEMO_DATE, DEMO_SEED, declared_lines_csv, fx_csv, market_recipes, source_files};
pub use error::MarketError;
pub use market::{Market, OfferFact};
pub use reply::Reply;
pub use server::{RequestSeen, Running, serve};
