use super::*;

fn read(text: &str) -> PriceReading {
    parse(text, &PriceHints::default())
}
fn amount(text: &str) -> String {
    read(text).amount.map_or("none".to_owned(), |a| a.normalize().to_string())
}

#[test]
fn numbers_in_many_conventions() {
    for (text, expected) in [("1.299,00 €", "1299"), ("1,299.00", "1299"), ("1'299.-", "1299")] {
        assert_eq!(amount(text), expected, "{text}");
    }
}
