/* Draws the charts over their tables. Each place holds its data in the script element after it; colours and fonts come
   from the style sheet, so that light, dark and paper look alike. Without this file every page can still be read. */
"use strict";
(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (value) => value.toLocaleString(document.documentElement.lang);
  const mix = (from, to, part) => {
    const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const [one, other] = [channels(from), channels(to)];
    return `rgb(${one.map((value, at) => Math.round(value + (other[at] - value) * part)).join(",")})`;
  };

  const colours = () => ({
    text: style("--text"), muted: style("--muted"), line: style("--line"), accent: style("--accent"),
    bar: style("--bar"), surface: style("--surface"), track: style("--track"), good: style("--good"),
    warn: style("--warn"), bad: style("--bad"),
  });

  const shades = (c, count) =>
    Array.from({ length: count }, (_, at) => mix(c.bar, c.surface, count < 2 ? 0 : (0.55 * (count - 1 - at)) / (count - 1)));

  const tints = (c) => [c.bar, mix(c.bar, c.surface, 0.5), c.muted, mix(c.muted, c.surface, 0.5), c.accent, mix(c.accent, c.surface, 0.7)];
  const tone = (name, c, at) => ({ good: c.accent, open: mix(c.bar, c.surface, 0.2 + 0.12 * (at % 4)), left: mix(c.muted, c.surface, 0.22 * (at % 4)) })[name];

  const frame = (c) => ({
    animation: false,
    textStyle: { fontFamily: style("--sans"), color: c.text },
    tooltip: { trigger: "item", renderMode: "richText", backgroundColor: c.surface, borderColor: c.line, textStyle: { color: c.text } },
  });

  const axis = (c) => ({
    axisLine: { lineStyle: { color: c.line } }, axisTick: { show: false },
    axisLabel: { color: c.muted }, splitLine: { lineStyle: { color: c.line } },
  });

  const kinds = {
    funnel: (data, c) => {
      const tints = shades(c, data.length);
      return {
        series: [{
          type: "funnel", sort: "none", left: 0, right: 150, top: 4, bottom: 4, gap: 3, minSize: "1.5%", funnelAlign: "center",
          data: data.map((one, at) => ({ ...one, itemStyle: { color: tints[at], borderWidth: 0 } })),
          label: { position: "right", color: c.text, formatter: (it) => `{name|${it.name}}  {value|${number(it.value)}}`,
            rich: { name: { color: c.text, fontWeight: 600 }, value: { color: c.muted } } },
          labelLine: { length: 12, lineStyle: { color: c.line } },
          tooltip: { formatter: (it) => `${it.name}: ${number(it.value)}` },
        }],
      };
    },
    sankey: (data, c) => ({
      series: [{
        type: "sankey", left: 0, right: 150, top: 8, bottom: 8, nodeGap: 18, nodeWidth: 14, draggable: false, layoutIterations: 48,
        data: data.nodes.map((node) => ({ ...node, itemStyle: { color: node.ends ? c.track : c.accent, borderWidth: 0 } })),
        links: data.links,
        lineStyle: { color: c.bar, opacity: 0.32, curveness: 0.5 },
        label: { color: c.text, formatter: (it) => `${it.name}  {n|${number(it.value)}}`, rich: { n: { color: c.muted } } },
        emphasis: { focus: "adjacency" },
        tooltip: { formatter: (it) => it.dataType === "edge" ? `${it.data.source} to ${it.data.target}: ${number(it.value)}` : `${it.name}: ${number(it.value)}` },
      }],
    }),
    bars: (data, c) => ({
      grid: { left: 8, right: 72, top: data.series.length > 1 ? 28 : 8, bottom: 8, containLabel: true },
      xAxis: { type: "value", max: data.stacked ? "dataMax" : undefined, ...axis(c), axisLabel: { show: false }, splitLine: { show: false }, axisLine: { show: false } },
      yAxis: { type: "category", inverse: true, data: data.names, ...axis(c), axisLabel: { color: c.text }, axisLine: { show: false } },
      legend: data.series.length > 1 ? { top: 0, right: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: c.muted } } : undefined,
      series: data.series.map((one, at) => ({
        type: "bar", name: one.name, stack: data.stacked ? "all" : undefined, barMaxWidth: 18, barGap: "10%", barCategoryGap: "28%",
        itemStyle: { color: tone(one.tone, c, at) || tints(c)[at % 6], borderRadius: data.stacked ? 0 : [0, 2, 2, 0] },
        label: { show: !data.stacked, position: "right", color: c.muted, formatter: (it) => `${number(it.value)}${data.unit ? ` ${data.unit}` : ""}` },
        tooltip: { formatter: (it) => `${it.name}, ${it.seriesName}: ${number(it.value)}${data.unit ? ` ${data.unit}` : ""}` },
        data: one.values,
      })),
    }),
    columns: (data, c) => ({
      grid: { left: 8, right: 8, top: 28, bottom: 8, containLabel: true },
      legend: { top: 0, right: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: c.muted } },
      tooltip: { ...frame(c).tooltip, trigger: "axis" },
      xAxis: { type: "category", data: data.names, ...axis(c), axisLabel: { color: c.muted, hideOverlap: true, alignMaxLabel: "right" }, splitLine: { show: false } },
      yAxis: { type: "value", ...axis(c), minInterval: 1 },
      series: data.series.map((one, at) => ({
        type: one.line ? "line" : "bar", name: one.name, stack: data.stacked ? "all" : undefined, barMaxWidth: 28, symbolSize: 5,
        itemStyle: { color: [c.bar, c.accent, c.muted, c.warn][at % 4] }, data: one.values,
      })),
    }),
    heat: (data, c) => ({
      grid: { left: 8, right: 8, top: 24, bottom: 8, containLabel: true },
      xAxis: { type: "category", position: "top", data: data.columns, ...axis(c), splitLine: { show: false }, axisLine: { show: false } },
      yAxis: { type: "category", inverse: true, data: data.rows, ...axis(c), axisLabel: { color: c.text }, axisLine: { show: false } },
      visualMap: { show: false, min: 0, max: Math.max(...data.cells.map((cell) => cell[2]), 0.01), inRange: { color: [mix(c.surface, c.bar, 0.08), mix(c.surface, c.bar, 0.85)] } },
      series: [{
        type: "heatmap", data: data.cells, itemStyle: { borderColor: c.surface, borderWidth: 2, borderRadius: 4 },
        label: { show: !data.small || innerWidth > 700, color: c.text, fontSize: data.small ? 10 : 12, formatter: (it) => `${Math.round(it.value[2] * 100)}${data.small ? "" : " %"}` },
        tooltip: { formatter: (it) => `${data.rows[it.value[1]]}, ${data.columns[it.value[0]]}: ${(it.value[2] * 100).toFixed(1)} %` },
      }],
    }),
    timeline: (data, c) => {
      const tints = { HubSpot: c.warn, Salesforce: c.accent, syncd: c.good };
      const systems = Object.keys(tints).filter((name) => data.events.some((one) => (one.of || one.lane) === name));
      const told = data.events.some((one) => one.of); // else each lane is a system, and says so
      return {
        grid: { left: 8, right: 24, top: told ? 26 : 4, bottom: 8, containLabel: true },
        legend: told ? { top: 0, right: 0, itemWidth: 10, itemHeight: 10, data: systems, textStyle: { color: c.muted } } : undefined,
        xAxis: { type: "time", ...axis(c), axisLabel: { color: c.muted, hideOverlap: true }, splitLine: { show: false } },
        yAxis: { type: "category", inverse: true, data: data.stays.length ? ["", ...data.lanes] : data.lanes, ...axis(c), axisLabel: { color: c.text, width: 130, overflow: "truncate" }, axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: c.line } } },
        series: [{
          type: "custom", data: data.stays.map((stay, at) => [stay.from, "", stay.to, stay.name, at]), encode: { x: [0, 2], y: 1 }, clip: true,
          tooltip: { formatter: (it) => it.value[3] },
          renderItem: (area, api) => {
            const [from, y] = api.coord([api.value(0), 0]);
            const width = Math.max(api.coord([api.value(2), 0])[0] - from - 1, 2);
            const name = data.stays[area.dataIndex].name;
            const fits = width > name.length * 7 + 8;
            return {
              type: "rect", shape: { x: from, y: y - 10, width, height: 20, r: 3 },
              style: { fill: mix(c.surface, c.bar, 0.25 + 0.65 * ((area.dataIndex + 1) / data.stays.length)) },
              textContent: fits ? { style: { text: name, fill: c.text, fontSize: 12 } } : undefined, textConfig: { position: "inside" },
            };
          },
        }, ...systems.map((name) => ({
          type: "scatter", name, symbolSize: 9, itemStyle: { color: tints[name], opacity: 0.75 },
          data: data.events.filter((one) => (one.of || one.lane) === name).map((one) => [one.at, one.lane, one.says]),
          tooltip: { formatter: (it) => `${new Date(it.value[0]).toISOString().slice(0, 16).replace("T", " ")} UTC\n${it.value[2].replace(/(.{60}[^ ]*) /g, "$1\n")}` },
        }))],
      };
    },
  };

  const drawings = [];
  const draw = () => {
    const c = colours();
    for (const { chart, kind, data } of drawings) chart.setOption({ ...frame(c), ...kinds[kind](data, c) }, true);
  };
  // Paper is narrower than the window, and nobody waits for a redrawing before it prints: what was drawn is scaled.
  const scalable = (chart) => {
    const svg = chart.getDom().querySelector("svg");
    if (svg) svg.setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
  };

  for (const place of document.querySelectorAll("[data-chart]")) {
    const source = place.nextElementSibling;
    place.hidden = false;
    const chart = echarts.init(place, null, { renderer: "svg" });
    drawings.push({ chart, kind: place.dataset.chart, data: JSON.parse(source.textContent) });
    chart.on("finished", () => scalable(chart));
    new ResizeObserver(() => {
      if (!matchMedia("print").matches) chart.resize({ animation: { duration: 0 } });
    }).observe(place);
  }
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  matchMedia("print").addEventListener("change", draw);
  document.documentElement.dataset.drawn = String(drawings.length);
})();
