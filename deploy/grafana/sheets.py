#!/usr/bin/env python3
"""Draws the dashboards from a Prometheus, without a Grafana: one SVG for each.

    deploy/grafana/sheets.py --prometheus http://localhost:9090 --minutes 10 --out docs/images

Every panel is asked as Grafana would ask it and drawn plainly: lines, figures and tables. Panels of
other data sources are left out. Needs Python 3.8 and nothing else.
"""
import argparse
import html
import json
import math
import pathlib
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
COLUMN, LINE, GAP = 48, 30, 6
COLOURS = ["#2f6fb0", "#d1720f", "#2e8b57", "#b03060", "#6a4fb3", "#8a6d1f", "#1f8a8a", "#777777"]
UNITS = {"bytes": ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")),
         "Bps": ((1 << 20, "MiB/s"), (1 << 10, "KiB/s"), (1, "B/s")),
         "s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs")), "ms": ((1e3, "s"), (1, "ms"))}


def ask(base, path, **query):
    url = f"{base}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)["data"]["result"]


def expression(text, seconds):
    return (text.replace("$__rate_interval", "30s").replace("$__range", f"{seconds}s")
            .replace("$instance", ".*").replace("$source", ".*"))


def shown(value, unit):
    if math.isnan(value):
        return "no data"
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    for size, name in UNITS.get(unit, ()):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.4g}" + ("/s" if unit == "cps" else "")


def legend(target, labels):
    pattern = target.get("legendFormat", "")
    if pattern in ("", "__auto"):
        return ", ".join(v for k, v in sorted(labels.items()) if k not in ("__name__", "job"))
    for key, value in labels.items():
        pattern = pattern.replace("{{%s}}" % key, value)
    return pattern


def text(x, y, content, size=11, fill="#333", anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{html.escape(str(content))}</text>')


def lines(panel, series, box, start, end):
    x, y, w, h = box
    unit = panel["fieldConfig"]["defaults"]["unit"]
    rows = min(len(series), 4)
    top, bottom = y + 24, y + h - 16 - 13 * rows
    left, right = x + 58, x + w - 8
    stacked = panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {}).get("mode") == "normal"
    drawn, floor = [], {}
    for name, points in series:
        line = []
        for at, value in points:
            if math.isfinite(value):
                floor[at] = value + (floor.get(at, 0) if stacked else 0)
                line.append((at, floor[at]))
        drawn.append((name, line, points))
    most = max([v for _, line, _ in drawn for _, v in line] + [0]) or 1
    out = []
    for share in (0, 0.5, 1):
        at = bottom - share * (bottom - top)
        out.append(f'<line x1="{left}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}" stroke="#ddd"/>')
        out.append(text(left - 5, at + 4, shown(share * most, unit), 9, "#777", "end"))
    for i, (name, line, points) in enumerate(drawn):
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join(f"{left + (t - start) / (end - start) * (right - left):.1f},"
                        f"{bottom - v / most * (bottom - top):.1f}" for t, v in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if i < rows:
            last = line[-1][1] if not stacked and line else next(
                (v for _, v in reversed(points) if math.isfinite(v)), math.nan)
            more = f" (and {len(drawn) - rows} more)" if i == rows - 1 and len(drawn) > rows else ""
            out.append(text(x + 12, bottom + 16 + 13 * i, "■", 10, colour))
            out.append(text(x + 26, bottom + 16 + 13 * i, f"{name[:60]}: {shown(last, unit)}{more}", 10))
    return out


def table(results, box):
    x, y, w, h = box
    keys = sorted({k for r in results for k in r["metric"] if k not in ("__name__", "job")})
    width = (w - 16) / (len(keys) + 1)
    out = [text(x + 8 + i * width, y + 40, k, 10, "#777") for i, k in enumerate(keys + ["value"])]
    for j, r in enumerate(results[:int((h - 50) / 16)]):
        row = [r["metric"].get(k, "") for k in keys] + [f'{float(r["value"][1]):.4g}']
        out += [text(x + 8 + i * width, y + 58 + 16 * j, v[:int(width / 6)], 10) for i, v in enumerate(row)]
    return out


def draw(panel, base, start, end):
    at, kind = panel["gridPos"], panel["type"]
    box = (at["x"] * COLUMN, at["y"] * LINE + 44, at["w"] * COLUMN - GAP, at["h"] * LINE - GAP)
    x, y, w, h = box
    if kind == "row":
        return [text(x, y + 18, panel["title"], 13, "#555", weight="bold")]
    out = [f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="4" fill="#fff" stroke="#d8d8d8"/>',
           text(x + 8, y + 15, panel["title"], 11, weight="bold")]
    empty = panel["fieldConfig"]["defaults"].get("noValue", "no data")
    asked = [(t, expression(t["expr"], int(end - start))) for t in panel["targets"]]
    if kind == "timeseries":
        step = max(1, int((end - start) / 240))
        series = [(legend(t, r["metric"]), [(float(a), float(v)) for a, v in r["values"]])
                  for t, e in asked for r in ask(base, "query_range", query=e, start=start, end=end, step=step)]
        return out + (lines(panel, series, box, start, end) if series else [
            text(x + w / 2, y + h / 2, empty, 12, "#999", "middle")])
    results = [(t, r) for t, e in asked for r in ask(base, "query", query=e, time=end)]
    if kind == "table":
        return out + table([r for _, r in results], box)
    unit = panel["fieldConfig"]["defaults"]["unit"]
    names = panel["options"].get("textMode") == "name"
    values = [legend(t, r["metric"]) if names else shown(float(r["value"][1]), unit) for t, r in results]
    return out + [text(x + w / 2, y + h / 2 + 20, ", ".join(values) or empty, 24, "#1b5e9b", "middle")]


def sheet(board, base, start, end):
    height = 44 + LINE * max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"]) + 8
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {24 * COLUMN + 10} {height}" '
           'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
           f'<rect x="-8" width="{24 * COLUMN + 10}" height="{height}" fill="#f4f5f6"/>',
           text(0, 26, board["title"], 18, weight="bold"),
           text(24 * COLUMN - 6, 26, f"{(end - start) / 60:.3g} minutes", 12, "#777", "end")]
    for panel in board["panels"]:
        out += draw(panel, base, start, end)
    return "\n".join(out + ["</svg>", ""])


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--prometheus", default="http://localhost:9090", help="its address")
    options.add_argument("--minutes", type=float, default=30, help="how far back")
    options.add_argument("--until", type=float, default=time.time(), help="end of the time shown, in seconds since 1970; else now")
    options.add_argument("--out", type=pathlib.Path, required=True, help="directory of the sheets")
    chosen = options.parse_args()
    end = chosen.until
    chosen.out.mkdir(parents=True, exist_ok=True)
    for file in sorted((HERE / "dashboards").glob("*.json")):
        board = json.loads(file.read_text(encoding="utf-8"))
        if any("expr" in t for p in board["panels"] for t in p.get("targets", [])):
            to = chosen.out / f"dashboard-{board['uid']}.svg"
            try:
                drawn = sheet(board, chosen.prometheus.rstrip("/"), end - 60 * chosen.minutes, end)
            except OSError as e:
                options.exit(1, f"sheets: Prometheus at {chosen.prometheus} gave no answer: {e}; check --prometheus\n")
            to.write_text(drawn, encoding="utf-8")
            print(to)


if __name__ == "__main__":
    main()
