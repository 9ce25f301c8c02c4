//! Condition, kind of goods and subheading of titles in several languages, written for these tests.

use model::{Condition, GoodsKind};
use normalizer::{HsKeywords, condition, kind};

fn missed<T: PartialEq + std::fmt::Debug>(table: &[(&str, T)], read: impl Fn(&str) -> T) -> Vec<String> {
    let miss = |(text, expected): &(&str, T)| {
        let read = read(text);
        (read != *expected).then(|| format!("{text:?}: {read:?}, expected {expected:?}"))
    };
    table.iter().filter_map(miss).collect()
}

#[test]
#[rustfmt::skip]
fn conditions_in_titles() {
    use Condition::{Damaged, New, Refurbished, Used};
    let none: Option<Condition> = None;
    let wrong = missed(&[
        ("Laptop 14\" refurbished grade A", Some(Refurbished)), ("Certified refurbished tablet", Some(Refurbished)), ("Notebook generalüberholt", Some(Refurbished)), ("Smartphone reconditionné 64 Go", Some(Refurbished)), ("PC portable remis à neuf", Some(Refurbished)), ("Móvil reacondicionado", Some(Refurbished)), ("Telefono ricondizionato", Some(Refurbished)), ("Celular recondicionado", Some(Refurbished)), ("Laptop odnowiony", Some(Refurbished)), ("Telefon poleasingowy", Some(Used)), ("Refurbished laptop, werkt goed", Some(Refurbished)), ("Ноутбук восстановленный", Some(Refurbished)), ("Yenilenmiş telefon", Some(Refurbished)), ("Repasovaný notebook", Some(Refurbished)), ("Renoverad dator", Some(Refurbished)), ("整備済み ノートパソコン", Some(Refurbished)),
        ("Used bicycle 28\"", Some(Used)), ("Fahrrad gebraucht", Some(Used)), ("Vélo d'occasion", Some(Used)), ("Bicicleta usada", Some(Used)), ("Bici usata", Some(Used)), ("Coche de segunda mano", Some(Used)), ("Tweedehands fiets", Some(Used)), ("Rower używany", Some(Used)), ("Použitý telefon", Some(Used)), ("Begagnad cykel", Some(Used)), ("Телефон б/у", Some(Used)), ("İkinci el telefon", Some(Used)), ("هاتف مستعمل", Some(Used)), ("二手手机", Some(Used)), ("中古カメラ", Some(Used)), ("Ex-display sofa", Some(Used)), ("Open box headphones", Some(Used)), ("Vorführgerät Kaffeemaschine", Some(Used)),
        ("Phone for parts or not working", Some(Damaged)), ("Handy defekt, für Bastler", Some(Damaged)), ("Console HS pour pièces", Some(Damaged)), ("Móvil para piezas", Some(Damaged)), ("Telefon uszkodzony", Some(Damaged)), ("Cracked screen phone", Some(Damaged)), ("ジャンク カメラ", Some(Damaged)),
        ("Brand new camera sealed", Some(New)), ("Neuware Kamera OVP", Some(New)), ("Fabrikneu: Drehbank", Some(New)), ("全新手机", Some(New)),
        ("New York poster", none), ("Nova milk 1 l", none), ("Neuseeland Lamm", none), ("Oil used for frying", none), ("Tool used in garages", none), ("Smartphone 128 GB", none), ("Spare parts drawer", none), ("Unused notebook", none), ("Used-look jeans", none), ("Jeans im Used Look", none),
    ], |name| condition::in_name(name).map(|(condition, _)| condition));
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
#[rustfmt::skip]
fn kinds_of_goods() {
    use GoodsKind::{Accessory, Article, Bundle};
    let wrong = missed(&[
        ("Leather case for tablet 10\"", Accessory), ("Tasche für Kamera", Accessory), ("Akku für Bohrmaschine", Accessory), ("Ladegerät für Laptop", Accessory), ("Batterie pour ordinateur portable", Accessory), ("Chargeur pour téléphone", Accessory), ("Batería para portátil", Accessory), ("Cargador para móvil", Accessory), ("Batteria per notebook", Accessory), ("Caricatore per telefono", Accessory), ("Película para celular", Accessory), ("Batterij voor laptop", Accessory), ("Bateria do laptopa", Accessory), ("Etui na telefon", Accessory), ("Szkło hartowane na telefon", Accessory), ("Pouzdro na mobil", Accessory), ("Kryt na telefon", Accessory), ("Skal till mobil", Accessory), ("Чехол для телефона", Accessory), ("Зарядка для ноутбука", Accessory), ("Telefon kılıfı", Accessory), ("手机壳", Accessory), ("スマホケース", Accessory), ("غطاء هاتف", Accessory), ("Filter for vacuum cleaner", Accessory), ("Staubsaugerbeutel 10 Stück", Accessory), ("Toner for laser printer", Accessory), ("Laptop battery 6 cells", Accessory), ("Laptop charger 65 W", Accessory), ("Watch strap 20 mm", Accessory), ("Camera bag", Accessory),
        ("Phone with charger", Article), ("Laptop mit Ladegerät", Article), ("Vacuum cleaner with filter", Article), ("Téléphone avec coque", Article), ("Pillow case", Article), ("Cover letter paper", Article), ("Shampoo for dry hair", Article), ("Car battery 60 Ah", Article), ("Batterien AA", Article), ("Toy for dogs", Article), ("Food for cats", Article), ("Bed cover", Article), ("Rubber band", Article), ("Crème pour mains", Article), ("Juguete para perros", Article), ("Watch for men with strap", Article),
        ("Camera + lens 50 mm", Bundle), ("Console bundle with two games", Bundle), ("Drill and case combo", Bundle), ("Kamera + Objektiv", Bundle), ("Lot smartphone + écouteurs", Bundle), ("Bundle of 3 towels", Article), ("Vitamin B + 12", Article),
    ], |name| kind::of_name(name).0);
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
#[rustfmt::skip]
fn subheadings_by_keyword() {
    let table = HsKeywords::builtin();
    let wrong = missed(&[
        ("Wireless headphones over-ear", Some("851830")), ("Casque bluetooth", Some("851830")), ("Auriculares inalámbricos", Some("851830")), ("Cuffie bluetooth", Some("851830")), ("Laptop 15 inch", Some("847130")), ("Ordenador portátil 15,6 pulgadas", Some("847130")), ("Smartphone 128GB", Some("851713")), ("Olive oil extra virgin 1 l", Some("150920")), ("Aceite de oliva virgen extra", Some("150920")), ("Olio extravergine di oliva", Some("150920")), ("Fresh garlic 500 g", Some("070320")), ("Knoblauch 250 g", Some("070320")), ("Honey 500 g", Some("040900")), ("Honig 500g", Some("040900")), ("Miele 500 g", Some("040900")), ("LED bulb E27", Some("853952")), ("Solar panel 400 W", Some("854143")), ("Mountain bike 28\"", Some("871200")), ("Damenfahrrad 28 Zoll", Some("871200")), ("Folding umbrella", Some("660191")), ("Screwdriver set", Some("820540")), ("Cordless drill 18 V", Some("846721")), ("Akku-Bohrschrauber 18V", Some("846721")), ("Hair dryer 2000 W", Some("851631")), ("Haartrockner", Some("851631")), ("Dog food dry 10 kg", Some("230910")), ("Something unheard of", None),
    ], |name| table.classify(name, None).map(|hit| hit.hs.to_string().replace('.', "")).map(leak));
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The table holds `&str`; a handful of codes may live as long as the test.
fn leak(code: String) -> &'static str {
    Box::leak(code.into_boxed_str())
}
