#!/usr/bin/env python3
"""Peak memory of a crawl whose frontier holds two million addresses on SQLite: a shop on loopback names them
in forty sitemaps of 50,000, of which a thousand pages are visited.

usage: tests/bench/crawl/frontier.py [SITEMAPS=40] [PAGES=1000]     TOUCHSTONE=binary (default target/release/touchstone)
"""
import gzip, os, pathlib, resource, sqlite3, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SITEMAPS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
PAGES = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
TOUCHSTONE = os.path.abspath(os.environ.get("TOUCHSTONE", "target/release/touchstone"))
EACH = 50_000


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        kind = "text/html"
        if self.path == "/robots.txt":
            kind, body = "text/plain", f"User-agent: *\nAllow: /\nSitemap: {base}/index.xml\n".encode()
        elif self.path == "/index.xml":
            body = "".join(f"<sitemap><loc>{base}/map/{n}.xml.gz</loc></sitemap>" for n in range(SITEMAPS)).encode()
            kind, body = "application/xml", b"<sitemapindex>" + body + b"</sitemapindex>"
        elif self.path.startswith("/map/"):
            n = int(self.path[5:].split(".")[0])
            urls = "".join(f"<url><loc>{base}/goods/of-the-house/article-{n * EACH + i:08}</loc></url>" for i in range(EACH))
            kind, body = "application/gzip", gzip.compress(f"<urlset>{urls}</urlset>".encode(), 1)
        else:
            body = (f'<html><title>x</title><script type="application/ld+json">{{"@type":"Product","name":"Article '
                    f'{self.path[-8:]}","offers":{{"price":"9.50","priceCurrency":"EUR"}}}}</script></html>').encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


shop = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=shop.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    (work / "shop.toml").write_text(f"""id = "many"
name = "Many addresses"
market = "DE"
start = ["http://127.0.0.1:{shop.server_port}/"]
[permission]
basis = "a server of this benchmark"
contact = "mailto:bench@customs.example"
[pace]
delay_seconds = 0
[budget]
pages = {PAGES}
[network]
allow_loopback = true
""")
    begun = time.time()
    done = subprocess.run([TOUCHSTONE, "crawl", str(work / "shop.toml"), "--data", str(work / "d"), "--json"],
                          capture_output=True, text=True)
    took = time.time() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN)
    known = sqlite3.connect(work / "d/touchstone.db").execute("SELECT count(*) FROM urls").fetchone()[0]
    size = (work / "d/touchstone.db").stat().st_size / 1e6
    print(f"{known:,} addresses known, {PAGES:,} visits: peak memory {peak.ru_maxrss / 1024:.0f} MB "
          f"(wanted: below 200), {took:.0f} s, CPU {peak.ru_utime + peak.ru_stime:.0f} s, database {size:.0f} MB")
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
