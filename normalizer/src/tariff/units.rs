//! Units of quantity as publishers write them, as codes of UN/CEFACT Recommendation 20.

use super::TariffFormat;

/// The units of a cell: those of Recommendation 20 by code, others in the publisher's words. Empty
/// where nothing is asked for beside the net mass.
pub(super) fn read(format: TariffFormat, cell: &str) -> Vec<String> {
    match format {
        TariffFormat::CombinedNomenclature => {
            let name = cell.strip_prefix("intrastat_unit_").unwrap_or(cell);
            if name.is_empty() { Vec::new() } else { vec![european(name).unwrap_or(name).to_owned()] }
        }
        // A JSON list of texts: ["No.","kg"].
        TariffFormat::HarmonizedTariffSchedule => cell
            .trim_matches(['[', ']'])
            .split("\",\"")
            .map(|unit| unit.trim_matches('"').trim())
            .filter(|unit| !unit.is_empty())
            .take(8)
            .map(|unit| american(unit).unwrap_or(unit).to_owned())
            .collect(),
        TariffFormat::HsSections | TariffFormat::HsClassification => Vec::new(),
    }
}

fn european(name: &str) -> Option<&'static str> {
    Some(match name {
        "pce" => "H87",
        "100pce" => "CEN",
        "1000pce" => "MIL",
        "pa" => "NPR",
        "m" => "MTR",
        "m2" => "MTK",
        "m3" => "MTQ",
        "1000m3" => "R9",
        "l" => "LTR",
        "l_alc_100_pct" => "LPA",
        "g" => "GRM",
        "gi_FS" => "GFI",
        "c_k" => "CTM",
        "ct_l" => "CCT",
        "ce_el" => "NCL",
        "TJ" => "D30",
        "1000_kWh" => "MWH",
        "kg_90_pct_sdt" => "KSD",
        "kg_net_eda" => "KDW",
        "kg_N" => "KNI",
        "kg_P2O5" => "KPP",
        "kg_K2O" => "KPO",
        "kg_KOH" => "KPH",
        "kg_NaOH" => "KSH",
        "kg_H2O2" => "KHY",
        "kg_ma" => "KMA",
        "kg_U" => "KUR",
        _ => return None,
    })
}

fn american(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "kg" => "KGM",
        "g" => "GRM",
        "t" => "TNE",
        "No." | "pcs" | "No" => "H87",
        "doz." | "doz" => "DZN",
        "gross" => "GRO",
        "hundreds" => "CEN",
        "thousands" => "MIL",
        "prs." | "prs" => "NPR",
        "doz. prs." => "DPR",
        "m" => "MTR",
        "m2" | "m²" => "MTK",
        "m3" | "m³" => "MTQ",
        "thousand m3" => "R9",
        "cm2" => "CMK",
        "liters" => "LTR",
        "pf.liters" | "pf. liters" => "PFL",
        "bbl" => "BLL",
        "carat" => "CTM",
        "W" => "WTT",
        _ => return None,
    })
}
