//! Sizes and packs in titles of many languages, written for these tests, and how they read.
//!
//! An expectation lists the quantities in WCO units, mass, volume or length first, pieces after;
//! `? ` before them where the text has two readings; `none` where it states no quantity sold.

use normalizer::quantity::{self, QuantityStatus};

fn told(text: &str) -> String {
    let reading = quantity::parse(text);
    if reading.status == QuantityStatus::None {
        return "none".to_owned();
    }
    let quantities: Vec<String> =
        reading.quantities.iter().map(|q| format!("{} {}", q.value().normalize(), q.unit())).collect();
    let doubt = if reading.status == QuantityStatus::Ambiguous { "? " } else { "" };
    format!("{doubt}{}", quantities.join(", "))
}

fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let read = told(text);
            (read != *expected).then(|| format!("{text:?}: {read}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
#[rustfmt::skip]
fn sizes() {
    check(&[
        ("Orange juice 1.5 L", "1.5 LTR"), ("Orangensaft 1,5 l", "1.5 LTR"), ("Jus d'orange 1L5", "1.5 LTR"), ("Shampoo 750ml", "0.75 LTR"), ("Vin rouge 75 cl", "0.75 LTR"), ("Sirup 7 dl", "0.7 LTR"), ("Olive oil, 1 gal", "3.785411784 LTR"), ("Steak 16 oz", "0.45359237 KGM"), ("Flour 2 lb", "0.90718474 KGM"), ("Flour 5 lbs.", "2.26796185 KGM"), ("Paint 1 quart", "0.946352946 LTR"), ("Perfume 3.4 fl. oz / 100 ml", "0.1005500005125 LTR"),
        ("net wt 500 g", "0.5 KGM"), ("Net weight: 500g", "0.5 KGM"), ("Nettogewicht 500 g", "0.5 KGM"), ("poids net 500 g", "0.5 KGM"), ("Gross 1 kg / net 800 g", "0.8 KGM"), ("1 kg brutto, 800 g netto", "0.8 KGM"), ("Peso neto 250 g (escurrido 150 g)", "0.25 KGM"), ("Setas en lata 300 g 160 g ne", "0.3 KGM"), ("Crème mains 5 L'Atelier 75 ml", "0.075 LTR"), ("Lejía lavadora 2 l", "2 LTR"), ("Recambio humidificador 50 ml", "0.05 LTR"), ("Washing machine descaler 500 ml", "0.5 LTR"), ("10 kg ± 5 %", "10 KGM"), ("ca. 500 g", "0.5 KGM"), ("approx. 1.2kg", "1.2 KGM"), ("Rice 20kg bag", "20 KGM"), ("Reis 5 kg Sack", "5 KGM"), ("Sucre en poudre 1kg", "1 KGM"), ("Café molido 250 gr", "0.25 KGM"), ("Queso curado 0,350 kg", "0.35 KGM"), ("Burro 250 g", "0.25 KGM"), ("Farinha de trigo 1 quilo", "1 KGM"), ("Kaas 48+ 400 gram", "0.4 KGM"), ("Kawa mielona 500 g", "0.5 KGM"), ("Masło 200g", "0.2 KGM"), ("Mouka hladká 1 kg", "1 KGM"), ("Smör 500 g", "0.5 KGM"), ("Mjölk 1,5 liter", "1.5 LTR"), ("Сахар 1 кг", "1 KGM"), ("Масло сливочное 180 г", "0.18 KGM"), ("Молоко 930 мл", "0.93 LTR"), ("Toz şeker 5 kg", "5 KGM"), ("Zeytinyağı 1 litre", "1 LTR"), ("سكر 1 كجم", "1 KGM"), ("زيت 750 مل", "0.75 LTR"), ("أرز 5 كيلو", "5 KGM"), ("شاي ٢٥٠ جرام", "0.25 KGM"), ("大米 5公斤", "5 KGM"), ("酱油 500毫升", "0.5 LTR"), ("白糖 2斤", "1 KGM"), ("牛乳 1000ml", "1 LTR"), ("米 5キロ", "5 KGM"), ("砂糖 300グラム", "0.3 KGM"), ("쌀 10kg", "10 KGM"), ("Ψωμί 500 γρ", "0.5 KGM"), ("Arroz 1Kg", "1 KGM"), ("Saffron 500 mg", "0.0005 KGM"), ("Salami 25 dag", "0.25 KGM"), ("Šunka 15 dkg", "0.15 KGM"), ("Godis 2 hg", "0.2 KGM"), ("Steel 2.5 t", "2500 KGM"), ("Zement 25 kg", "25 KGM"), ("Fertilizer 50 lbs", "22.6796185 KGM"), ("Honey 1/2 kg", "0.5 KGM"), ("Milch ½ Liter", "0.5 LTR"), ("Mehl 1 000 g", "1 KGM"), ("Mehl 2.500 g", "2.5 KGM"), ("Saft 1.000 ml", "1 LTR"), ("Farbe 2,5l weiß", "2.5 LTR"), ("Motor oil 5W-30 5L", "5 LTR"), ("Motoröl 5W30 4 Liter", "4 LTR"), ("Huile moteur 10W40 5 L", "5 LTR"), ("Äpfel 1,000 kg", "? 1 KGM"),
    ]);
}

#[test]
#[rustfmt::skip]
fn packs_and_counts() {
    check(&[
        ("Cola 6 x 330 ml", "1.98 LTR, 6 H87"), ("Cola 6x330ml", "1.98 LTR, 6 H87"), ("Cola 6×33cl", "1.98 LTR, 6 H87"), ("Cola 330ml x 24", "7.92 LTR, 24 H87"), ("Water 12 x 1.5 L", "18 LTR, 12 H87"), ("Eau 6x1,5L", "9 LTR, 6 H87"), ("Agua pack 6 x 1,5 l", "9 LTR, 6 H87"), ("Birra 3 x 33 cl", "0.99 LTR, 3 H87"), ("Woda 6 x 1,5 l", "9 LTR, 6 H87"), ("Вода 6 х 1,5 л", "9 LTR, 6 H87"), ("可乐 330ml*24罐", "7.92 LTR, 24 H87"), ("お茶 500ml×24本", "12 LTR, 24 H87"), ("Tuna 3 x 80 g", "0.24 KGM, 3 H87"), ("Thunfisch 4x 150g", "0.6 KGM, 4 H87"), ("Yogurt 4 x 125 g", "0.5 KGM, 4 H87"), ("500g (2 x 250g)", "0.5 KGM, 2 H87"), ("Kaffee 1 kg (2 x 500 g)", "1 KGM, 2 H87"), ("Cat food 85 g (pack of 12)", "1.02 KGM, 12 H87"), ("Bier 0,33 l 6er", "1.98 LTR, 6 H87"), ("Milk 200 ml, pack of 3", "0.6 LTR, 3 H87"), ("Lot de 6 bouteilles de 50 cl", "3 LTR, 6 H87"), ("6 latas de 33 cl", "1.98 LTR, 6 H87"), ("6 bottiglie da 1,5 l", "9 LTR, 6 H87"), ("6 garrafas de 1 litro", "6 LTR, 6 H87"), ("4 Dosen à 400 g", "1.6 KGM, 4 H87"), ("Case of 24 cans, 12 oz", "8.16466266 KGM, 24 H87"), ("2 x 6 x 0,5 l", "6 LTR, 12 H87"),
        ("Batterien 24er", "24 H87"), ("Batterien AA 8er Pack", "8 H87"), ("Socken 3er-Pack", "3 H87"), ("T-Shirt 2er Set", "2 H87"), ("Doppelpack Zahnbürsten", "2 H87"), ("Lot de 3 serviettes", "3 H87"), ("Lot 3 torchons", "3 H87"), ("Pack de 4 ampoules", "4 H87"), ("Paquet de 10 stylos", "10 H87"), ("Boîte de 50 gants", "50 H87"), ("Pack of 12 pencils", "12 H87"), ("Pencils, pack of 12", "12 H87"), ("12 pack light bulbs", "12 H87"), ("Light bulbs 4-pack", "4 H87"), ("Set of 6 glasses", "6 H87"), ("Box of 100 gloves", "100 H87"), ("Juego de 4 vasos", "4 H87"), ("Pack 3 camisetas", "3 H87"), ("Caja de 20 bolsas", "20 H87"), ("Confezione da 6 uova", "6 H87"), ("Confezione 10 pezzi", "10 H87"), ("Set da 3 padelle", "3 H87"), ("Conjunto de 2 toalhas", "2 H87"), ("Caixa com 12 unidades", "12 H87"), ("Kit com 3 camisetas", "3 H87"), ("Doos van 10 stuks", "10 H87"), ("Set van 4 borden", "4 H87"), ("6 stuks", "6 H87"), ("Baterie AA 4 szt.", "4 H87"), ("6 szt", "6 H87"), ("Zestaw 3 szt.", "3 H87"), ("Balení 10 ks", "10 H87"), ("Sada 4 ks", "4 H87"), ("10 st", "10 H87"), ("10-pack", "10 H87"), ("4-pack batterier", "4 H87"), ("Батарейки 4 шт", "4 H87"), ("Набор из 6 шт.", "6 H87"), ("Салфетки 100 штук", "100 H87"), ("Упаковка 12 шт.", "12 H87"), ("Pil 4'lü paket", "4 H87"), ("10 adet", "10 H87"), ("Kalem 12 adet", "12 H87"), ("6'lı bardak", "6 H87"), ("عبوة من 6 قطع", "6 H87"), ("6 قطع", "6 H87"), ("طقم 4 قطع", "4 H87"), ("电池 10节装", "10 H87"), ("铅笔 12支", "12 H87"), ("纸巾 24包", "24 H87"), ("毛巾 3条装", "3 H87"), ("鉛筆 12本入り", "12 H87"), ("マスク 50枚", "50 H87"), ("電球 4個セット", "4 H87"), ("양말 10켤레", "10 NPR"), ("계란 30개", "30 H87"),
        ("2 pares de calcetines", "2 NPR"), ("Calcetines (5 pares)", "5 NPR"), ("Chaussettes, 3 paires", "3 NPR"), ("Une paire de gants", "1 NPR"), ("Pair of socks", "1 NPR"), ("5 pairs socks", "5 NPR"), ("Socken 5 Paar", "5 NPR"), ("1 Paar Handschuhe", "1 NPR"), ("3 paia di calze", "3 NPR"), ("Skarpety 3 pary", "3 NPR"), ("Носки 5 пар", "5 NPR"), ("靴下 3足", "3 NPR"), ("Sokken 3 paar", "3 NPR"), ("Lot de 3 paires de chaussettes", "3 NPR"), ("3 par strumpor", "3 NPR"), ("Ponožky 3 páry", "3 NPR"), ("5 çift çorap", "5 NPR"),
        ("1 doz. eggs", "12 H87"), ("Eggs 2 dozen", "24 H87"), ("Huevos 1 docena", "12 H87"), ("Une douzaine d'œufs", "12 H87"), ("6 Dutzend", "72 H87"), ("1 dz Eier", "12 H87"), ("Soap x12", "12 H87"), ("Soap x 3", "3 H87"), ("Jabón x3", "3 H87"), ("12 ct", "12 H87"), ("Wipes 80 ct", "80 H87"), ("Tablets 100 count", "100 H87"), ("100 tablets", "100 H87"), ("60 gélules", "60 H87"), ("Aspirin 500 mg 20 tablets", "20 H87"), ("Vitamin C 1000 mg, 60 capsules", "60 H87"), ("Ibuprofen 400 mg 30 Stück", "30 H87"), ("20 teabags", "20 H87"), ("25 Teebeutel", "25 H87"), ("Trapos 3 uds", "3 H87"), ("Pañales 30 unidades", "30 H87"), ("Windeln 42 Stück", "42 H87"), ("Toilet paper 24 rolls", "24 H87"), ("Papier toilette 12 rouleaux", "12 H87"), ("Papel higiénico 12 rollos", "12 H87"), ("Screws M4 100 pcs", "100 H87"), ("100 Stück Schrauben", "100 H87"), ("1000 pcs", "1000 H87"), ("1,000 pcs", "1000 H87"), ("1.000 Stück", "1000 H87"), ("500 sheets A4 paper", "500 H87"), ("500 feuilles", "500 H87"), ("2 x 100 pcs", "200 H87"), ("3 packs of 10", "30 H87"), ("Twin pack razors", "2 H87"), ("Triple pack", "3 H87"), ("buy 2 get 1", "? 3 H87"), ("Shampoo 2+1 gratis", "? 3 H87"), ("3 für 2", "? 3 H87"),
    ]);
}

#[test]
#[rustfmt::skip]
fn lengths_and_areas_sold() {
    check(&[
        ("3 m", "3 MTR"), ("2 m²", "2 MTK"), ("10 m2", "10 MTK"), ("1 m³", "1 MTQ"), ("PVC pipe, 2 m", "2 MTR"), ("PVC-Rohr 3 m", "3 MTR"), ("Tube PVC 4 m", "4 MTR"), ("Tubo de cobre 5 m", "5 MTR"), ("Garden hose 25 m", "25 MTR"), ("Gartenschlauch 20 m", "20 MTR"), ("Cable 2 m", "2 MTR, 1 H87"), ("USB-C cable 2m", "2 MTR, 1 H87"), ("Verlängerungskabel 10 m", "10 MTR, 1 H87"), ("Câble HDMI 3 m", "3 MTR, 1 H87"), ("Cavo 1,5 m", "1.5 MTR, 1 H87"), ("Kabel 5m", "5 MTR, 1 H87"), ("Кабель 3 м", "3 MTR, 1 H87"), ("HDMI cable 2m (2 pack)", "4 MTR, 2 H87"), ("Rope 50 m", "50 MTR"), ("Seil 30 m", "30 MTR"), ("Cuerda 10 metros", "10 MTR"), ("Ribbon 25 m", "25 MTR"), ("Adhesive tape 66 m", "66 MTR"), ("Aluminium foil 30 m", "30 MTR"), ("Alufolie 20 m", "20 MTR"), ("Papel de aluminio 30 metros", "30 MTR"), ("LED strip 5m", "5 MTR, 1 H87"), ("Fabric cotton, 3 m", "3 MTR"), ("Parkett 2,5 m²", "2.5 MTK"), ("Laminate flooring 2.22 m2 pack", "2.22 MTK"), ("Carrelage 1,44 m²", "1.44 MTK"), ("Rasenteppich 8 qm", "8 MTK"),
    ]);
}

#[test]
#[rustfmt::skip]
fn no_quantity_sold() {
    check(&[
        ("T-shirt XL", "none"), ("42", "none"), ("Shoes EU 42", "none"), ("Schuhe Gr. 42", "none"), ("Jeans W32 L34", "none"), ("TV 27 inch", "none"), ("Fernseher 55 Zoll", "none"), ("TV 55\"", "none"), ("USB stick 256 GB", "none"), ("Power bank 10000 mAh", "none"), ("Netzteil 230 V", "none"), ("Box 60 x 40 x 20 cm", "none"), ("Shelf 80x30 cm", "none"), ("Diaper 7-12 kg", "none"), ("für Hunde bis 10 kg", "none"), ("Pipette für Hunde 10-25 kg", "none"), ("20k resistor", "none"), ("Lamp E27 9W", "none"), ("Monitor 144 Hz", "none"), ("Laptop 16GB RAM 512GB SSD", "none"), ("Drill 18V", "none"), ("Cable 2.5 mm²", "none"), ("Fan 3-speed", "none"), ("Tent for 4 persons", "none"), ("Topf 24 cm", "none"), ("Table 2 m x 1 m", "none"), ("Sofa 2,20 m", "none"), ("Gilet taille M", "none"), ("Shirt L", "none"), ("Hemd Gr. XL", "none"), ("18 carat gold ring", "none"), ("Ring 925 silver", "none"), ("SPF 50", "none"), ("iPhone 12", "none"), ("A4", "none"), ("4K TV", "none"), ("Windows 11", "none"), ("WD-40", "none"), ("2024 edition", "none"), ("Chips 30 % less fat", "none"), ("Tyre 205/55 R16", "none"), ("Paper 80 g/m²", "none"), ("Puzzle 500 pieces", "none"), ("3-in-1 cable", "none"), ("2 year warranty", "none"), ("Ages 3+", "none"), ("5G router", "none"), ("Speed 30 km/h", "none"), ("Air flow 200 m3/h", "none"), ("Pression 3 bar", "none"), ("10 m waterproof", "none"), ("Wasserdicht bis 50 m", "none"), ("Range 100 m", "none"), ("Bluetooth 5.0 10m", "none"),
        ("Kettle 1.7 l", "none"), ("Electric kettle 1.7L 2200W", "none"), ("Wasserkocher 1,7 l", "none"), ("Bouilloire 1,7 L", "none"), ("Hervidor 1,7 l", "none"), ("Bollitore 1,7 l", "none"), ("Czajnik 1,7 l", "none"), ("Waterkoker 1,7 l", "none"), ("Чайник 1,7 л", "none"), ("Su ısıtıcı 1,7 L", "none"), ("Backpack 30 l", "none"), ("Rucksack 30 L", "none"), ("Sac à dos 30L", "none"), ("Mochila 30 l", "none"), ("Plecak 25 l", "none"), ("Рюкзак 30 л", "none"), ("Washing machine 8 kg", "none"), ("Waschmaschine 8 kg", "none"), ("Lave-linge 9 kg", "none"), ("Lavadora 9 kg", "none"), ("Lavatrice 8 kg", "none"), ("Pralka 7 kg", "none"), ("Pračka 7 kg", "none"), ("Стиральная машина 6 кг", "none"), ("Çamaşır makinesi 9 kg", "none"), ("غسالة 8 كجم", "none"), ("Tumble dryer 8kg", "none"), ("Fridge 300 l", "none"), ("Kühlschrank 250 l", "none"), ("Réfrigérateur 300 L", "none"), ("Frigorífico 350 l", "none"), ("Microwave 20 l", "none"), ("Mikrowelle 25 Liter", "none"), ("Four 65 L", "none"), ("Air fryer 5.5L", "none"), ("Fritteuse 3 l", "none"), ("Blender 1.5 l", "none"), ("Mixer 2 l", "none"), ("Saucepan 3 l", "none"), ("Topf 5 l", "none"), ("Casserole 3L", "none"), ("Olla 6 l", "none"), ("Water bottle 750 ml stainless steel", "none"), ("Trinkflasche 1 l", "none"), ("Thermos flask 1L", "none"), ("Mug 350 ml", "none"), ("Tasse 300 ml", "none"), ("Glas 0,3 l", "none"), ("Vaso 250 ml", "none"), ("Bin 50 l", "none"), ("Mülleimer 30 l", "none"), ("Poubelle 30 L", "none"), ("Storage box 45L", "none"), ("Suitcase 60 l", "none"), ("Cooler bag 20 l", "none"), ("Aquarium 60 l", "none"), ("Kitchen scale 5 kg", "none"), ("Küchenwaage 5kg", "none"), ("Balance de cuisine 5 kg", "none"), ("Vacuum cleaner 2 l", "none"), ("Humidifier 4L", "none"), ("Rice cooker 1.8 l", "none"), ("Coffee maker 1.2 l", "none"), ("Cafetière 1,2 L", "none"), ("Watering can 10 l", "none"), ("Bucket 12 l", "none"), ("Bath towel 500 g/m2", "none"), ("水壶 1.7升", "none"), ("保温杯 500毫升", "none"), ("洗衣机 8公斤", "none"), ("電気ケトル 1.0L", "none"), ("炊飯器 1.8L", "none"), ("リュック 30L", "none"),
        ("Bin bags 50 l 20 pcs", "20 H87"), ("Müllbeutel 35 l 20 Stück", "20 H87"), ("Set of 6 glasses 300 ml", "6 H87"), ("6 Gläser 0,3 l", "6 H87"), ("Dumbbell 10 kg", "10 KGM"), ("Coffee 500 g with mug 300 ml", "0.5 KGM"), ("Milk in glass bottle 1 l", "1 LTR"),
    ]);
}
