//! A declared line as tests give it to `check` and the API, and a reference it is held to: 24 sellers of
//! honey on three sites.

use crate::{App, Ran};
use serde_json::Value;

/// A declared line, field by field.
#[derive(Debug, Clone)]
pub struct Line(Vec<(&'static str, String)>);

impl Line {
    /// New goods at retail, exported on 2026-09-15, at a price for one unit.
    pub fn of(hs: &str, description: &str, price: &str, currency: &str, unit: &str) -> Line {
        let fields = [
            ("hs", hs),
            ("description", description),
            ("price", price),
            ("currency", currency),
            ("unit", unit),
            ("condition", "new"),
            ("level", "retail"),
            ("export_date", "2026-09-15"),
        ];
        Line(fields.map(|(field, text)| (field, text.to_owned())).to_vec())
    }
    /// Honey of [`honey`] at 5.00 EUR per kg, half of what it is offered for.
    pub fn honey() -> Line {
        Line::of("040900", "acacia honey", "5.00", "EUR", "kg")
    }
    /// The same with another field, or another value of one.
    pub fn with(mut self, field: &'static str, text: &str) -> Line {
        match self.0.iter_mut().find(|(name, _)| *name == field) {
            Some(found) => found.1 = text.to_owned(),
            None => self.0.push((field, text.to_owned())),
        }
        self
    }
    /// The same without a field.
    pub fn without(mut self, field: &str) -> Line {
        self.0.retain(|(name, _)| *name != field);
        self
    }
    /// The object that `POST /v1/checks` takes.
    pub fn json(&self) -> Value {
        self.0.iter().map(|(field, text)| ((*field).to_owned(), Value::from(text.as_str()))).collect()
    }
    fn flags(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|(field, text)| format!("--{}={text}", field.replace('_', "-")))
    }
}

impl App {
    /// `check` of a line in the folder `d`, with more flags.
    pub fn check(&self, line: &Line, more: &[&str]) -> Ran {
        let mut args: Vec<String> = ["check", "--data", "d"].map(str::to_owned).to_vec();
        args.extend(line.flags());
        args.extend(more.iter().map(|flag| (*flag).to_owned()));
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// A price list of 24 sellers of honey on three sites, 10.0 to 12.3 EUR per kg.
pub fn honey_list() -> String {
    let mut list =
        String::from("name,price,currency,url,seller,market,captured,condition,level,hs6,quantity,unit\n");
    for i in 0..24 {
        list.push_str(&format!(
            "Acacia honey jar {i},{}.{},EUR,https://{}.example/honey/{i},Seller {i},DE,2026-09-01,new,retail,040900,1,kg\n",
            10 + i / 10,
            i % 10,
            ["a", "b", "c"][i % 3]
        ));
    }
    list
}

/// A folder with that list imported into `d` and a snapshot built of it.
pub fn honey() -> App {
    let app = App::new();
    app.file("honey.csv", honey_list());
    app.run(&["import", "listings", "honey.csv", "--data", "d"]).ok();
    app.run(&["snapshot", "build", "--data", "d"]).ok();
    app
}
