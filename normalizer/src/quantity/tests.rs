use super::*;

/// "count / size unit / total code".
fn read(text: &str) -> String {
    let reading = parse(text);
    if reading.status == QuantityStatus::None {
        return "none".to_owned();
    }
    let quantities: Vec<String> =
        reading.quantities.iter().map(|q| format!("{} {}", q.value().normalize(), q.unit())).collect();
    let doubt = if reading.status == QuantityStatus::Ambiguous { "? " } else { "" };
    format!("{doubt}{}", quantities.join(", "))
}

#[test]
fn sizes_and_packs_in_many_languages() {
    for (text, expected) in [
        ("Cola 6 x 330 ml", "1.98 LTR, 6 H87"),
        ("Mineral water 330 ml x 6", "1.98 LTR, 6 H87"),
        ("Batteries AA pack of 12", "12 H87"),
        ("AA batteries 12-pack", "12 H87"),
        ("Bier 24er Kasten", "24 H87"),
        ("Bier 24er Kasten 0,5 l", "12 LTR, 24 H87"),
        ("Lot de 3 éponges", "3 H87"),
        ("Arroz redondo (500 g)", "0.5 KGM"),
        ("Calcetines 2 pares", "2 NPR"),
        ("Socken 3 Paar", "3 NPR"),
        ("Confezione da 6 bicchieri", "6 H87"),
        ("Filtri 10 pezzi", "10 H87"),
        ("Baterie 4 szt.", "4 H87"),
        ("Koffie 500 gram", "0.5 KGM"),
        ("Azúcar 1 kilo", "1 KGM"),
        ("Vinho 75cl", "0.75 LTR"),
        ("Pepsi 500ml (Pack of 6)", "3 LTR, 6 H87"),
        ("10 unités, 170 g", "0.17 KGM, 10 H87"),
        ("6 Flaschen à 0,75 l", "4.5 LTR, 6 H87"),
        ("Eggs, one dozen? 2 dozen eggs", "24 H87"),
        ("Mehl 1.000 g", "1 KGM"),
        ("Mehl 1 000 g", "1 KGM"),
        ("½ l Milch", "0.5 LTR"),
        ("茶叶 500克装", "0.5 KGM"),
        ("電池 12個入り", "12 H87"),
        ("ボールペン 10本", "10 H87"),
        ("1 lb (454 g) coffee", "0.45359237 KGM"),
        ("Olive oil 16.9 fl oz", "0.49979264960625 LTR"),
        ("Saft 1,000 l", "? 1 LTR"),
        ("500 g + 100 g", "0.6 KGM"),
        ("12 x Cola 330 ml", "3.96 LTR, 12 H87"),
        ("3 x 10 pcs", "30 H87"),
        ("100 m", "100 MTR"),
        ("Bundle of (6) boxers", "6 H87"),
        ("Soap x2", "2 H87"),
        ("Chivas Regal 1 l", "1 LTR"),
        ("Bolsa de 20 unidades", "20 H87"),
        ("Packung mit 12 Kerzen", "12 H87"),
        ("Caja con 6 botellas", "6 H87"),
        ("1 lb 8 oz pasta", "0.680388555 KGM"),
        ("1 kg 500 g Mehl", "1.5 KGM"),
        ("1/2 cup (125 ml)", "0.125 LTR"),
        ("Farbe 1,125 Liter", "1.125 LTR"),
        ("35 tablets + 10 free", "? 45 H87"),
        ("Ice cream pack of 6+2 units", "8 H87"),
        ("Gelatina 2 sobres x 10 gr", "0.02 KGM, 2 H87"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_quantity() {
    for text in [
        "Headphones Aurora X2",
        "EliteDesk 800 G3 mini",
        "Watch 3822L-Brown",
        "USB stick 32g flash",
        "Table 120 x 60 cm",
        "Rug 160x230",
        "T-Shirt Gr. L",
        "Hose 32/34",
        "Windeln 7-12 kg",
        "Nappies size 4 (9-14 kg)",
        "5G phone 128 GB",
        "4G router",
        "Paper 80 g/m2",
        "Scale max. 150 kg",
        "bis 5 kg",
        "27\" monitor 1920x1080",
        "Camera 10x zoom",
        "iPhone 13 128 GB",
        "Hits der 90er Jahre",
        "Puzzle 1000 pieces",
        "2-in-1 charger",
        "Drill 18 V 2 Ah",
        "",
        "x",
        "12-piece cutlery set",
        "Monitor VP299CL",
        "Bolsa con 3 bolsillos",
        "Bag of 2 handles brown",
        "Estuche con 2 cremalleras",
        "Monitor Omen X 27",
        "Monitor 27UN880",
        "Monitor DR-22G 21 inch",
        "Case for Reno Y02 T",
        "Razor Proglide 5 hojas",
        "Vaso de cristal 25 cl",
        "Nappies junior +15 kg",
        "1 und 2 Personen",
        "21st century lamp",
    ] {
        assert_eq!(read(text), "none", "{text}");
    }
}

#[test]
fn a_doubtful_text_says_its_second_reading() {
    let otherwise = |text: &str| {
        let all: Vec<String> = parse(text).otherwise.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    for (text, expected) in [
        ("Shampoo 400 ml 2 pcs", "0.8 l, 2 u"),
        ("4 pcs nylon rope 2 m", "8 m, 4 u"),
        ("Soap 100 g buy 2 get 1", "0.1 kg, 1 u"),
        ("Crisps 150 g + 20% free", "0.18 kg"),
        ("Cheese 1.200 kg", "1200 kg"),
        ("Tool set 108 pcs", "1 u"),
        ("Juice 1 l 2 l", "2 l"),
        ("Juice 1 l", ""),
    ] {
        assert_eq!(otherwise(text), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }
    #[test]
    fn never_panics_on_number_soup(text in "[0-9]{0,30}[ .,x×*/()+-]{0,3}[0-9]{0,4} ?(kg|g|ml|l|er|pcs|de|of|pack|x|克)?[ x0-9.,kgml-]{0,20}") {
        let _ = parse(&text);
    }
    #[test]
    fn a_multipack_comes_to_count_times_size(count in 2u32..100, size in 1u32..1000) {
        let reading = parse(&format!("Juice {count} x {size} ml"));
        let expected = Decimal::from(count) * Decimal::from(size) / Decimal::from(1000);
        proptest::prop_assert_eq!(reading.total, Some(expected.normalize()));
    }
}
