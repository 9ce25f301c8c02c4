//! Settings: defaults in code → a TOML file → environment → flags, ending in one validated value.
//!
//! `config/default.toml` documents every key; a test fails when one is missing there.

use crate::failure::Failure;
use crate::statistics_file;
use model::{Confidence, Country, Currency};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statistics::Parameters;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The settings file read when none is named and it exists.
pub const DEFAULT_FILE: &str = "config/default.toml";

/// Every setting. See `config/default.toml` for what each is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of everything the program writes: database, archive, snapshots.
    pub data: PathBuf,
    /// Database, when it is not `touchstone.db` in the data folder.
    pub database: Option<String>,
    /// Whether finished files are mapped into memory; else they are read. Off, where they lie on a share
    /// that others write to.
    pub map_files: bool,
    /// Currency of references.
    pub reference_currency: Currency,
    /// Address the officer's pages are served on.
    pub listen: String,
    /// Folder of market recipes (retail price to CIF); none: prices are compared as offered.
    pub markets: Option<PathBuf>,
    /// Further keyword files (`language,phrase,hs6`) beside the built-in one.
    pub keywords: Vec<PathBuf>,
    /// The classifier of HS codes.
    pub hs: HsSettings,
    /// Whose exchange rates convert what.
    pub exchange: ExchangeSettings,
    /// Crawling.
    pub crawl: CrawlSettings,
    /// Reading of pages.
    pub extract: ExtractSettings,
    /// File of the numbers of the rules, when it is not `config/statistics.toml`.
    pub statistics_file: Option<PathBuf>,
    /// What the file of the rules says.
    #[serde(skip)]
    pub statistics: Parameters,
}

/// Whose exchange rates convert what, by the names rates were imported under (`source` or
/// `--publisher`). A publisher without a rate for the pair and day leaves it to the next, then to any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExchangeSettings {
    /// Publishers whose rates convert offers into the reference currency, the first first.
    pub offers: Vec<String>,
    /// By importing country (ISO 3166): the authority whose rates convert declared values into its
    /// lines' reference, as Article 9 of the Customs Valuation Agreement has it.
    pub customs: BTreeMap<String, String>,
}

impl ExchangeSettings {
    /// The publishers that come first for a line declared in this country.
    pub fn of_line(&self, importing: Option<Country>) -> Vec<String> {
        let of_country = importing.and_then(|country| self.customs.get(country.to_string().as_str()));
        of_country.into_iter().cloned().collect()
    }
}

/// Settings of the classifier of HS codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HsSettings {
    /// Whether offers without a code are classified by the words of their listing.
    pub classify: bool,
    /// A model made by `hs train`; none: the one that ships.
    pub model: Option<PathBuf>,
    /// Least probability of a code that an observation takes over, above 0, at most 1.
    pub least_probability: f32,
}

impl Default for HsSettings {
    fn default() -> Self {
        HsSettings { classify: true, model: None, least_probability: normalizer::classify::LEAST_PROBABILITY }
    }
}

/// Settings of the reading of pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExtractSettings {
    /// Confidence below which a listing read from a page is kept as a rejection, 0 to 1.
    pub min_confidence: f64,
}

impl Default for ExtractSettings {
    fn default() -> Self {
        ExtractSettings { min_confidence: 0.6 }
    }
}

/// Settings of a crawl that are not a source's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrawlSettings {
    /// What the crawler calls itself: a product token, which robots.txt files may address, and behind
    /// a slash its version (the program's own, where none is given).
    pub user_agent: String,
    /// Hosts visited at the same time, of each source.
    pub hosts: u32,
    /// Addresses taken with one lease of a host.
    pub batch: u32,
    /// Seconds after which a lease that was not given back ends.
    pub lease_seconds: u32,
    /// Attempts before a failing address is given up for this crawl.
    pub attempts: u32,
}

impl Default for CrawlSettings {
    fn default() -> Self {
        CrawlSettings {
            user_agent: "touchstone".to_owned(),
            hosts: 256,
            batch: 50,
            lease_seconds: 300,
            attempts: 3,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            data: PathBuf::from("data"),
            database: None,
            map_files: true,
            reference_currency: Currency::EUR,
            listen: "127.0.0.1:8080".to_owned(),
            markets: None,
            keywords: Vec::new(),
            hs: HsSettings::default(),
            exchange: ExchangeSettings::default(),
            crawl: CrawlSettings::default(),
            extract: ExtractSettings::default(),
            statistics_file: None,
            statistics: Parameters::default(),
        }
    }
}

/// What the command line says of the settings.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--database`.
    pub database: Option<String>,
}

impl Settings {
    /// Puts the layers together. `environment` looks a variable up (a parameter, for tests).
    pub fn load(
        overrides: &Overrides,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, Failure> {
        let mut settings = match &overrides.config {
            Some(path) => Settings::from_file(path)?,
            None if Path::new(DEFAULT_FILE).is_file() => Settings::from_file(Path::new(DEFAULT_FILE))?,
            None => Settings::default(),
        };
        if let Some(data) = environment("TOUCHSTONE_DATA") {
            settings.data = PathBuf::from(data);
        }
        if let Some(database) = environment("TOUCHSTONE_DATABASE") {
            settings.database = Some(database);
        }
        if let Some(listen) = environment("TOUCHSTONE_LISTEN") {
            settings.listen = listen;
        }
        if let Some(code) = environment("TOUCHSTONE_REFERENCE_CURRENCY") {
            settings.reference_currency =
                code.parse().map_err(|e| Failure::input(format!("TOUCHSTONE_REFERENCE_CURRENCY: {e}")))?;
        }
        if let Some(data) = &overrides.data {
            settings.data = data.clone();
        }
        if let Some(database) = &overrides.database {
            settings.database = Some(database.clone());
        }
        settings.validate()?;
        if let Some(file) = settings.rules_file() {
            settings.statistics = statistics_file::load(&file)?;
        }
        Ok(settings)
    }

    /// Reads a settings file; an unknown key is an error that names it and its line.
    pub fn from_file(path: &Path) -> Result<Settings, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::from_io(&format!("settings file {}", path.display()), &e))?;
        toml::from_str(&text).map_err(|e| {
            if let Some((line, "statistics")) = statistics_file::unknown_key(&text, &e) {
                return Failure::input(format!(
                    "settings file {}, line {line}: the numbers of [statistics] stand in a file of their own",
                    path.display()
                ))
                .hint("put them, without the heading, into a file like config/statistics.toml, and name it: statistics_file = \"my-statistics.toml\"");
            }
            Failure::input(format!("settings file {}: {}", path.display(), e.to_string().trim_end()))
                .hint("config/default.toml lists every key with its default")
        })
    }

    fn validate(&self) -> Result<(), Failure> {
        if self.listen.parse::<std::net::SocketAddr>().is_err() {
            return Err(Failure::input(format!(
                "listen = '{}' is not an address with a port, like 127.0.0.1:8080",
                self.listen
            )));
        }
        if !is_user_agent(&self.crawl.user_agent) {
            return Err(Failure::input(format!(
                "crawl.user_agent = '{}' is not a product token",
                self.crawl.user_agent
            ))
            .hint("give letters, digits, '-' and '_', and a version behind a slash if you like: 'customs-prices/2'"));
        }
        for (name, value) in [
            ("crawl.hosts", self.crawl.hosts),
            ("crawl.batch", self.crawl.batch),
            ("crawl.lease_seconds", self.crawl.lease_seconds),
            ("crawl.attempts", self.crawl.attempts),
        ] {
            if value == 0 {
                return Err(Failure::input(format!("{name} must be at least 1")));
            }
        }
        for country in self.exchange.customs.keys() {
            if country.parse::<Country>().map(|c| c.to_string()).as_ref() != Ok(country) {
                return Err(Failure::input(format!("exchange.customs: '{country}' is not a country")).hint(
                    "give ISO 3166 codes in capitals: customs = { KE = \"Kenya Revenue Authority\" }",
                ));
            }
        }
        if Confidence::new(self.extract.min_confidence).is_none() {
            return Err(Failure::input(format!(
                "extract.min_confidence = {} is no share: give a number from 0 to 1",
                self.extract.min_confidence
            )));
        }
        let least = self.hs.least_probability;
        if !(least > 0.0 && least <= 1.0) {
            return Err(Failure::input(format!(
                "hs.least_probability = {least} is no probability: give a number above 0, at most 1"
            ))
            .hint("70 % is 0.7; to leave offers unclassified, write classify = false"));
        }
        Ok(())
    }

    /// The file the rules' numbers stand in; `None`: those in code hold.
    pub fn rules_file(&self) -> Option<PathBuf> {
        statistics_file::find(self.statistics_file.as_deref())
    }

    /// Product and version of the crawler's user agent.
    pub fn user_agent_product(&self) -> String {
        match self.crawl.user_agent.contains('/') {
            true => self.crawl.user_agent.clone(),
            false => format!("{}/{}", self.crawl.user_agent, env!("CARGO_PKG_VERSION")),
        }
    }

    /// The word by which robots.txt files and `X-Robots-Tag` may address the crawler.
    pub fn user_agent_token(&self) -> &str {
        self.crawl.user_agent.split('/').next().unwrap_or_default()
    }

    /// Where the database is.
    pub fn database_location(&self) -> String {
        match &self.database {
            Some(location) => location.clone(),
            None => self.data.join("touchstone.db").display().to_string(),
        }
    }
    /// Whether the database is a file of the data folder that is not there yet.
    pub fn is_new(&self) -> bool {
        self.database.is_none() && !Path::new(&self.database_location()).exists()
    }
    /// Where archived pages are.
    pub fn archive_dir(&self) -> PathBuf {
        self.data.join("archive")
    }
    /// Where snapshots are.
    pub fn snapshot_dir(&self) -> PathBuf {
        self.data.join("snapshots")
    }
}

/// A product token (letters, `-`, `_`: what robots.txt can name; digits are lenient), and a version.
fn is_user_agent(text: &str) -> bool {
    let (product, version) = text.split_once('/').unwrap_or((text, "0"));
    let plain = |part: &str, more: &[u8]| {
        !part.is_empty()
            && part.len() <= 60
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    plain(product, b"-_") && plain(version, b"-_.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_environment(_: &str) -> Option<String> {
        None
    }

    /// Every key of the schema, dotted, descending into tables of settings.
    fn keys(schema: &serde_json::Value, root: &serde_json::Value, prefix: &str, out: &mut Vec<String>) {
        let schema = match schema.get("$ref").and_then(|r| r.as_str()) {
            Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        };
        let Some(properties) = schema.get("properties").and_then(|p| p.as_object()) else {
            out.push(prefix.to_owned());
            return;
        };
        for (name, child) in properties {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            keys(child, root, &path, out);
        }
    }

    #[test]
    fn every_setting_stands_in_the_default_file_with_its_default() {
        let text = include_str!("../../config/default.toml");
        let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
        let mut wanted = Vec::new();
        keys(&schema, &schema, "", &mut wanted);
        assert!(wanted.len() > 10, "{wanted:?}");
        // Optional keys stand there commented out: uncommented, the file must still parse.
        let documented: Vec<&str> = text.lines().map(|l| l.trim_start_matches("# ")).collect();
        for key in wanted {
            let name = key.rsplit('.').next().unwrap();
            assert!(
                documented.iter().any(|l| l.starts_with(&format!("{name} ="))),
                "setting '{key}' is not documented in config/default.toml"
            );
        }
        let parsed: Settings = toml::from_str(text).unwrap();
        assert_eq!(parsed, Settings::default(), "the file states the defaults");
    }

    #[test]
    fn later_layers_prevail() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s.toml");
        std::fs::write(&file, "data = \"from-file\"\nlisten = \"127.0.0.1:1\"\n").unwrap();
        let overrides = Overrides { config: Some(file), ..Overrides::default() };
        let environment = |name: &str| (name == "TOUCHSTONE_DATA").then(|| "from-env".to_owned());
        let settings = Settings::load(&overrides, &environment).unwrap();
        assert_eq!(settings.data, PathBuf::from("from-env"));
        assert_eq!(settings.listen, "127.0.0.1:1");
        let overrides = Overrides { data: Some("from-flag".into()), ..overrides };
        let settings = Settings::load(&overrides, &environment).unwrap();
        assert_eq!(settings.data, PathBuf::from("from-flag"));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s.toml");
        std::fs::write(&file, "data = \"x\"\nlissten = \"127.0.0.1:1\"\n").unwrap();
        let overrides = Overrides { config: Some(file), ..Overrides::default() };
        let message = Settings::load(&overrides, &no_environment).unwrap_err().to_string();
        assert!(message.contains("line 2") && message.contains("lissten"), "{message}");
    }

    /// What is said of a settings file with this text.
    fn refused(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s.toml");
        std::fs::write(&file, text).unwrap();
        let overrides = Overrides { config: Some(file), ..Overrides::default() };
        Settings::load(&overrides, &no_environment).unwrap_err().message
    }

    #[test]
    fn a_least_probability_is_one() {
        for wrong in ["70", "1.01", "0", "-0.7", "nan", "inf"] {
            let said = refused(&format!("[hs]\nleast_probability = {wrong}"));
            assert!(said.contains("hs.least_probability = "), "{wrong}: {said}");
        }
    }
    #[test]
    fn a_confidence_is_a_share() {
        assert!(refused("[extract]\nmin_confidence = 60").contains("extract.min_confidence = 60"));
        assert!(refused("[extract]\nmin_confidence = nan").contains("extract.min_confidence"));
    }

    #[test]
    fn the_rules_stand_in_a_file_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let (file, rules) = (dir.path().join("s.toml"), dir.path().join("2026.toml"));
        std::fs::write(&rules, "window_days = 30\n").unwrap();
        let overrides = Overrides { config: Some(file.clone()), ..Overrides::default() };
        std::fs::write(&file, format!("statistics_file = {:?}\n", rules.display().to_string())).unwrap();
        let settings = Settings::load(&overrides, &no_environment).unwrap();
        assert_eq!(settings.statistics, Parameters { window_days: 30, ..Parameters::default() });
        assert_eq!(settings.rules_file(), Some(rules));
        // Without one, the defaults.
        std::fs::write(&file, "").unwrap();
        assert_eq!(Settings::load(&overrides, &no_environment).unwrap().statistics, Parameters::default());
        // The table of old is not passed over.
        std::fs::write(&file, "data = \"x\"\n\n[statistics]\nwindow_days = 30\n").unwrap();
        let failure = Settings::load(&overrides, &no_environment).unwrap_err();
        assert!(
            failure
                .message
                .ends_with("s.toml, line 3: the numbers of [statistics] stand in a file of their own")
        );
        assert!(failure.to_string().contains("statistics_file = "), "{failure}");
    }

    #[test]
    fn what_the_environment_says_is_checked_too() {
        let environment = |name: &str| (name == "TOUCHSTONE_REFERENCE_CURRENCY").then(|| "euro".to_owned());
        let overrides = Overrides { config: Some("../config/default.toml".into()), ..Overrides::default() };
        let said = Settings::load(&overrides, &environment).unwrap_err().message;
        assert_eq!(
            said,
            "TOUCHSTONE_REFERENCE_CURRENCY: 'euro' is not a currency code of ISO 4217 (three letters)"
        );
        assert!(refused("[crawl]\nbatch = 0\n").contains("crawl.batch must be at least 1"));
        assert!(refused("listen = \"8080\"\n").contains("127.0.0.1:8080"));
    }
}
