//! Facets that are never pooled: condition, commercial level, kind of goods.

use crate::text_form::coded_enum;

coded_enum! {
    /// The condition of the goods.
    Condition, "a condition (new, used, refurbished, damaged)" {
        /// Unused.
        New = "new",
        /// Second-hand.
        Used = "used",
        /// Used, repaired or reconditioned, sold as such.
        Refurbished = "refurbished",
        /// Defective or damaged, sold as such.
        Damaged = "damaged",
    }
}

coded_enum! {
    /// The commercial level of a sale.
    CommercialLevel, "a commercial level (wholesale, retail)" {
        /// Manufacturer or wholesaler to trade, with a minimum order or quantity breaks.
        Wholesale = "wholesale",
        /// To the consumer, by the piece or pack.
        Retail = "retail",
    }
}

coded_enum! {
    /// What a listing sells, beside the goods of its heading themselves.
    GoodsKind, "a kind of goods (article, accessory, bundle)" {
        /// The article itself.
        Article = "article",
        /// A part or an accessory for such an article.
        Accessory = "accessory",
        /// Several different articles at one price.
        Bundle = "bundle",
    }
}
