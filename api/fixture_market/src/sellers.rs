//! The sellers: invented firms, some of which sell in two shops. Not their prices.

use crate::catalogue::Sector;
use crate::world::Shop;

const HEADS: [&str; 24] = [
    "Vel", "Tarn", "Ostr", "Brund", "Kel", "Marr", "Quill", "Dun", "Hask", "Lind", "Pell", "Rook", "Sorn",
    "Thal", "Ull", "Wen", "Yarr", "Zell", "Corv", "Fenn", "Gral", "Istr", "Jorv", "Navv",
];
const TAILS: [&str; 20] = [
    "amora", "awick", "elle", "eby", "estead", "ino", "aford", "ane", "ovar", "um", "ette", "holm", "iska",
    "adale", "orix", "ara", "emont", "eck", "elow", "anto",
];

/// How many sellers a shop has in each sector.
fn count(shop: Shop) -> usize {
    match shop {
        Shop::HarbourLane => 18,
        Shop::Marktgarten => 14,
        Shop::Lumiere => 11,
        Shop::Skladowy => 12,
        Shop::Tradewharf => 20,
        Shop::Secondround => 24,
    }
}

/// What a firm of a sector adds to its name in a shop's country.
fn suffix(shop: Shop, sector: Sector) -> &'static str {
    let names = match shop {
        Shop::HarbourLane => ["Foods Ltd", "Electronics Ltd", "Apparel", "Living Ltd", "Hardware Ltd"],
        Shop::Marktgarten => ["Feinkost GmbH", "Technik GmbH", "Mode GmbH", "Wohnen KG", "Werkzeug GmbH"],
        Shop::Lumiere => ["Gourmet SA", "Électro SA", "Mode Sàrl", "Maison SA", "Bricolage SA"],
        Shop::Skladowy => [
            "Spożywka Sp. z o.o.",
            "Elektro Sp. z o.o.",
            "Odzież Sp. z o.o.",
            "Dom Sp. z o.o.",
            "Narzędzia Sp. z o.o.",
        ],
        Shop::Tradewharf => [
            "Agro Export Co., Ltd.",
            "Electronics Co., Ltd.",
            "Garment Co., Ltd.",
            "Houseware Co., Ltd.",
            "Industrial Co., Ltd.",
        ],
        Shop::Secondround => {
            ["Surplus Inc.", "Renewed Inc.", "Vintage Inc.", "Resale Inc.", "Gear Exchange Inc."]
        }
    };
    names[sector as usize]
}

/// Sellers of a shop in a sector. The first two of Marktgarten and the first of Lumière are firms
/// of Harbour Lane; the first of Składowy is a supplier of TradeWharf.
pub(crate) fn sellers(shop: Shop, sector: Sector) -> Vec<String> {
    (0..count(shop))
        .map(|i| match (shop, i) {
            (Shop::Marktgarten, 0 | 1) => name(Shop::HarbourLane, sector, i + 3),
            (Shop::Lumiere, 0) => name(Shop::HarbourLane, sector, 5),
            (Shop::Skladowy, 0) => name(Shop::Tradewharf, sector, i + 4),
            _ => name(shop, sector, i),
        })
        .collect()
}

fn name(shop: Shop, sector: Sector, i: usize) -> String {
    let before: usize = Shop::ALL.iter().take_while(|s| **s != shop).map(|s| count(*s)).sum();
    let per_sector: usize = Shop::ALL.iter().map(|s| count(*s)).sum();
    // 97 shares no factor with 480, so every combination comes up once before any comes again.
    let at = ((sector as usize * per_sector + before + i) * 97) % (HEADS.len() * TAILS.len());
    format!("{}{} {}", HEADS[at / TAILS.len()], TAILS[at % TAILS.len()], suffix(shop, sector))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_differ_within_a_shop_and_some_are_shared_between_shops() {
        for sector in Sector::ALL {
            let mut all = BTreeSet::new();
            let mut listed = 0;
            for shop in Shop::ALL {
                let names = sellers(shop, sector);
                let own: BTreeSet<&String> = names.iter().collect();
                assert_eq!(own.len(), names.len());
                listed += names.len();
                all.extend(names);
            }
            assert_eq!(listed - all.len(), 4, "four firms of a sector sell in two shops");
        }
    }
}
