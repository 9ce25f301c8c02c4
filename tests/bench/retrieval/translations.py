#!/usr/bin/env python3
"""Writes config/hs/translations.tsv: words of goods in other languages with the English word for the same,
learned from what config/hs says of the same subheadings in both (words/*.tsv, lang/*.tsv).

Each subheading is a pair of bags of words; IBM's first model (Brown et al. 1993), in both directions, aligns
them. A pair is kept that stands in two subheadings or more and that both directions find likely; what a
reading of the list found wrong is left out (WRONG). Chinese, written without spaces, is left to synonyms.tsv.

usage: translations.py > config/hs/translations.tsv   (in the project's folder; two minutes)"""
import collections, glob, re, sys, unicodedata

LANGUAGES = ["fr", "es", "de", "pt", "ru", "ar"]
LEAST_FORTH, LEAST_BACK, LEAST_TOGETHER = 0.3, 0.4, 2
STOP = set("""a an and as at by de del der des die du el en et for from fur in la las le les los mit of on or para pour the to
und von with x y au aux avec das dem den d do da e em com par sans sin ohne aus zum zur per l o os um uma un une una con di w
other not than over up only its their one two включая для с и из в на по от без не до к у о less more plus moins mehr als
weniger bis uber mas menos hasta mais ate outros autres andere otros que ou oder u nicht non no nao but such like""".split())
WRONG = set("""daraus=it art=kind all=all jahre=old auch=included make=makeup jeder=any jedem=any perlen=pearl flex=vibrator
fullmaterial=shape injektor=injector asia=japanese moo=moss manuell=hand frauen=girl gemacht=preserved kaffeemaschine=espresso
tierarztliche=medical medizinische=medical suv=passenger figuren=ornament fach=speed heimkino=theater poolroboter=pool
windschutz=windshield nagel=nail boote=boat any=any toute=any ans=old ano=old lapin=fish conejo=fish bra=arm dent=toothbrush
faire=invitation part=invitation surveillance=dvr objet=decor caba=tote jusqu=volt bay=berry peint=wallpaper pintado=wallpaper
testeur=meter artisanale=sour fausse=faux complete=wheat denoyautee=stuffed semoule=dehydrated pressee=crude fauteuil=wheelchair
roulant=wheelchair capsule=capsule distributeur=dispenser pochette=sleeve spirale=sticky arome=flavour gaufrier=heated
feuillet=stationery tableau=art expedition=mailer pompon=fringe pompone=fringe survie=emergency gril=skillet talon=heel
karaoke=studio микро=micro punto=knitted articulo=good artigo=good изделия=good guindilla=jalapeno excepto=diving dentada=timing
instrumental=forcep marina=sea oxford=formal terminale=terminal joyero=jewelry tapete=mat tupi=milling cazuela=teapot طاجن=teapot
veneno=repellent cebo=repellent baloncesto=volleyball society=volleyball buje=speed baline=pellet tequila=cocktail
sintetico=polyester carport=greenhouse exploracion=examination cualquier=any qualquer=any sello=stamp via=way mata=killer sem=without
flap=flap negro=sea salsa=basil capim=eucalyptus palco=stage acustico=stringed primeiro=first presente=gift pulso=wrist
gaming=ergonomic lombar=cervical chave=key carretinha=trailer balaclava=turban melt=melt mensagem=message construcoe=structure
nos=knotted tatica=tactical tambem=included прова=waterproof prova=waterproof reposicao=replacement horta=sprouting dedeira=finger
кг=organic браги=brewing любого=any любые=kind топливе=fired инвалидов=stair помола=shaker тонометр=blood чпу=router
покрытия=covering паучи=pouch virgin=virgin обезболивающии=pain стальнои=wire чековая=receipt пеленки=sanitary безопасная=straight
звезда=sprocket букет=rose лет=old камера=tube чили=chili устроиства=wireless боковое=rear او=organic الى=above دون=below جم=above
جوز=coconut هند=coconut قابل=self خالي=low كم=sleeve لحم=meat ظهر=backpack بريد=day ومكسرات=lemon سمك=aquarium رمل=litter
كاميرات=dvr مستلزمات=popper لصقة=pain خضروات=carrot غطاس=fountain عادي=alloy كورن=corn باور=power فاي=wifi قابل=self فولت=dc
metallized=glitter metalizado=glitter ambiente=room animale=pet elevador=lift""".split())


def fold(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def singular(word):
    n = len(word)
    if n > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if n > 4 and word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if n > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


class Texts:
    """What one language says of each subheading, as bags of words; `written`: how each was written most."""

    def __init__(self, pattern):
        self.bags, forms = {}, collections.defaultdict(collections.Counter)
        for name in sorted(glob.glob(pattern)):
            for line in list(open(name, encoding="utf-8"))[1:]:
                cells = line.rstrip("\n").split("\t")
                bag = self.bags.setdefault(cells[0], collections.Counter())
                for written in re.findall(r"[^\W_]+", cells[-2] + "; " + cells[-1]):
                    word = singular(fold(written))
                    if len(word) > 1 and not re.search(r"\d", word) and not {word, fold(written)} & STOP:
                        bag[word] += 1
                        forms[word][written.lower()] += 1
        self.written = {word: min(forms[word], key=lambda w: (-forms[word][w], w)) for word in forms}


def aligned(pairs, rounds=12):
    """p(word of the first | word of the second), by expectation maximization."""
    p = {}
    for first, second in pairs:
        for word in second:
            p.setdefault(word, {}).update(dict.fromkeys(first, 1.0))
    for _ in range(rounds):
        counts = collections.defaultdict(lambda: collections.defaultdict(float))
        for first, second in pairs:
            for word, times in first.items():
                total = sum(p[other].get(word, 0) * n for other, n in second.items()) + 1e-9
                for other, n in second.items():
                    share = p[other].get(word, 0) * n / total * times
                    if share > 1e-6:
                        counts[other][word] += share
        p = {other: {w: v / sum(row.values()) for w, v in row.items() if v / sum(row.values()) > 1e-4}
             for other, row in counts.items()}
    return p


def main():
    english = Texts("config/hs/words/*.tsv")
    print("english\tlang\tword")
    out = []
    for lang in LANGUAGES:
        other = Texts(f"config/hs/lang/{lang}.tsv")
        pairs = [(other.bags[code], english.bags[code]) for code in sorted(other.bags) if code in english.bags]
        together = collections.Counter((f, e) for fs, es in pairs for f in fs for e in es)
        forth, back = aligned(pairs), aligned([(e, f) for f, e in pairs])
        for e, row in forth.items():
            for f, likely in row.items():
                kept = likely >= LEAST_FORTH and back.get(f, {}).get(e, 0) >= LEAST_BACK and together[f, e] >= LEAST_TOGETHER
                if kept and len(f) > 2 and f != e and f"{f}={e}" not in WRONG:
                    out.append((english.written[e], lang, other.written[f]))
    for row in sorted(out, key=lambda row: (row[0], LANGUAGES.index(row[1]), row[2])):
        print("\t".join(row))


main()
