//! Visits one page again and again and says what a visit costs: processor time, peak memory. For
//! measuring the fetching alone, beside `bare`: the same requests by reqwest without anything of
//! ours (no guard, no archive, no digest).
//!
//! `cargo run --release -p crawler --example fetch_cost -- (engine|bare) URL COUNT ARCHIVE_DIR`

use crawler::archive::Archive;
use crawler::{Engine, EngineOptions, LeaseClock, Outcome, Target};
use model::SystemClock;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [mode, url, count, dir] = args.as_slice() else {
        return Err("usage: fetch_cost (engine|bare) URL COUNT ARCHIVE_DIR".into());
    };
    let count: u64 = count.parse()?;
    let before = processor_ticks();
    let (mut bytes, mut last) = (0u64, String::new());
    if mode == "bare" {
        let client = reqwest::Client::builder().no_proxy().http1_only();
        let client = client.tls_backend_preconfigured(tls()?).build()?;
        for _ in 0..count {
            let mut answer = client.get(url).send().await?;
            while let Some(chunk) = answer.chunk().await? {
                bytes += chunk.len() as u64;
            }
        }
    } else {
        let text = format!(
            "id = \"cost\"\nname = \"Cost\"\nmarket = \"DE\"\nstart = [\"{url}\"]\nsitemaps = false\n\
             [permission]\nbasis = \"a test\"\ncontact = \"mailto:a@customs.example\"\n\
             [pace]\ndelay_seconds = 0\n[network]\nallow_loopback = true\n"
        );
        let source = crawler::source_file::parse(&text, "cost.toml")?;
        let archive = Archive::open(Path::new(dir), &source.id, chrono::Utc::now())?;
        let options = EngineOptions::new(Arc::new(Mutex::new(archive)), Arc::new(SystemClock));
        let engine = Engine::new(source, options)?;
        let target = Target { url: url.clone(), ..Target::default() };
        for _ in 0..count {
            match engine.visit(&target, &LeaseClock::unlimited()).await?.outcome {
                Outcome::Page(page, _) => bytes += page.body.len() as u64,
                other => last = format!("{other:?}"),
            }
        }
    }
    let ticks = processor_ticks().saturating_sub(before);
    println!(
        "{count} visits, {bytes} bytes, {:.4} ms CPU a visit, {} {last}",
        ticks as f64 * 10.0 / count as f64,
        peak_memory()
    );
    Ok(())
}

fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// User and system time of this process in hundredths of a second (Linux; elsewhere 0).
fn processor_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum()
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned()
}
