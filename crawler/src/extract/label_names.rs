//! The names of attributes in many languages, and the field each stands for. Data only.

use super::word_hash::Words;
use std::sync::OnceLock;

/// A field of a listing that a label can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Brand,
    Sku,
    Gtin,
    Mpn,
    Model,
    HsCode,
    Origin,
    MinOrder,
    Quantity,
    Condition,
    Seller,
}

/// Names as compared: letters and digits only, lower case, separated by blanks.
pub(super) const LABELS: &[(Field, &str)] = &[
    (
        Field::HsCode,
        "hscode hs hscodes hstariffcode tariffcode tariffnumber customscode customstariffcode \
         customstariffnumber commoditycode taric htscode htsuscode hts harmonizedcode \
         harmonisedcode harmonizedsystemcode zolltarifnummer zolltarifnr warentarifnummer \
         warennummer codesh codedouanier codetarifaire nomenclaturedouaniere \
         nomenclaturedouanière partidaarancelaria fraccionarancelaria fracciónarancelaria \
         codigoarancelario códigoarancelario ncm codigosa códigosa codicedoganale codicesa \
         goederencode kodcn кодтнвэд тнвэд hs编码 海关编码 hsコード hs코드 gtip",
    ),
    (
        Field::Origin,
        "countryoforigin origin countryofmanufacture madein placeoforigin productorigin \
         manufacturedin ursprungsland herkunftsland herkunft herstellungsland paysdorigine \
         origine paysdefabrication fabriquéen paisdeorigen paísdeorigen origen paisdeorigem \
         paísdeorigem origem paesediorigine paesedorigine landvanherkomst ursprung \
         oprindelsesland opprinnelsesland alkuperämaa valmistusmaa krajpochodzenia zeměpůvodu \
         krajinapôvodu származásiország țaradeorigine taradeorigine странапроизводства \
         странапроизводитель странапроисхождения країнавиробник menşei xuấtxứ 原産国 原产地 產地 产地 \
         원산지 제조국 ארץייצור بلدالمنشأ",
    ),
    (
        Field::MinOrder,
        "moq minorder minimumorder minimumorderquantity minorderqty minorderquantity \
         minimumquantity minqty minimumpurchase mindestbestellmenge mindestabnahme \
         mindestmenge quantitéminimale commandeminimale quantitéminimaledecommande \
         quantiteminimale pedidomínimo pedidominimo cantidadmínima cantidadminima \
         quantidademínima encomendamínima ordineminimo quantitàminima minimaleafname \
         minimalebestelhoeveelheid minimalnezamówienie минимальныйзаказ минимальнаяпартия 起订量 \
         最小起订量",
    ),
    (
        Field::Quantity,
        "netweight netcontent netcontents netquantity contents content packsize packagesize \
         packquantity unitsperpack piecesperpack netvolume volume nettogewicht \
         nettofüllmenge inhalt füllmenge packungsgröße packungsinhalt verpackungseinheit \
         poidsnet contenu contenance quantiténette quantité conditionnement pesoneto \
         contenidoneto contenido cantidadneta pesolíquido pesoliquido conteúdo conteudo \
         pesonetto contenuto formato nettogewichtg inhoud nettovikt nettovægt sisältö \
         nettopaino wagenetto waganetto zawartość objętość pojemność obsah objem hmotnost \
         nettótömeg kiszerelés gramaj cantitate веснетто объем объём вес netağırlık \
         净含量 內容量 内容量 용량 중량",
    ),
    (
        Field::Gtin,
        "ean ean13 eancode gtin gtin13 gtin14 gtin8 upc upca upccode barcode eannummer eannr \
         codebarre codeean códigoean codigoean códigodebarras codigodebarras codiceean \
         codiceabarre streepjescode kodean kodkreskowy eankód čárovýkód vonalkód codean \
         штрихкод barkod isbn isbn13 eanupc gtinean jan jancode janコード 바코드",
    ),
    (
        Field::Mpn,
        "mpn manufacturerpartnumber manufacturerpartno manufacturerpart partnumber partno \
         mfrpartnumber mfgpartnumber mfrpart herstellernummer herstellerartikelnummer \
         herstellerartnr teilenummer référencefabricant referencefabricant \
         numérodepiècefabricant númerodepieza códigodelfabricante refdofabricante \
         referênciadofabricante códigoproduttore codiceproduttore numerodipartefabbricante \
         mpncodiceproduttore fabrikantcode kodproducenta артикулпроизводителя partnumarasi \
         codproducator",
    ),
    (
        Field::Sku,
        "sku itemnumber itemno item itemcode itemid productcode productnumber productid \
         articlenumber articleno catalognumber catalogno catalogueno stocknumber ref \
         reference referenceno styleno stylenumber artikelnummer artikelnr artnr artikel \
         bestellnummer bestellnr produktnummer référence réf codearticle codeproduit \
         referencia códigodeproducto códigodelproducto códigodoproduto referência código \
         codigo codiceprodotto codicearticolo codice artikelcode varenummer varenr \
         tuotenumero tuotekoodi kodproduktu indeks kódproduktu kódtovaru kódzboží \
         objednacíkód číslotovaru cikkszám termékkód codprodus артикул кодтовара код \
         номертовара stokkodu ürünkodu ürünno 商品番号 型番 商品編號 商品编号 货号 품번 상품번호 상품코드 מקט מקטיצרן \
         ebayitemnumber postid webid websku adid",
    ),
    (
        Field::Model,
        "model modelnumber modelno modelname modell modellnummer modelle modèle \
         numérodemodèle modelo modello modelnaam malli модель 型號 型号 모델명",
    ),
    (
        Field::Brand,
        "brand brandname make productbrand marke markenname marque marca merk märke mærke \
         merke merkki tuotemerkki marka značka márka brend бренд торговаямарка марка μάρκα \
         nhãnhiệu thươnghiệu ブランド 品牌 브랜드 מותג العلامةالتجارية manufacturer hersteller \
         fabricant fabricante produttore fabrikant tillverkare valmistaja producent výrobce \
         výrobca gyártó producător producator производитель виробник יצרן üretici",
    ),
    (
        Field::Condition,
        "condition itemcondition zustand artikelzustand état etat estado condizione \
         condizioni staat conditie skick stand kunto stan stav állapot stare состояние стан \
         durum 成色 商品の状態 상품상태 מצב",
    ),
    (
        Field::Seller,
        "seller soldby verkäufer verkauftvon vendeur vendupar vendedor vendidopor \
         venditore vendutoda verkoper sprzedawca prodejce продавец satıcı 판매자",
    ),
];

/// The names, and by the first byte of a name the lengths it may have: most texts are none.
struct Names {
    fields: Words<&'static str, Field>,
    lengths: [u64; 256],
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = Names { fields: Words::default(), lengths: [0; 256] };
        for (field, list) in LABELS {
            for name in list.split_ascii_whitespace() {
                names.fields.entry(name).or_insert(*field);
                names.lengths[usize::from(name.as_bytes()[0])] |= 1 << name.len().min(63);
            }
        }
        names
    })
}

/// Whether a compared name of this first byte and length can stand for a field.
pub(super) fn may_be_named(first: u8, length: usize) -> bool {
    names().lengths[usize::from(first)] & (1 << length.min(63)) != 0
}

/// The field a compared name stands for.
pub(super) fn field_named(squeezed: &str) -> Option<Field> {
    let known = may_be_named(*squeezed.as_bytes().first()?, squeezed.len());
    if known { names().fields.get(squeezed).copied() } else { None }
}
