/// How the page looks, and what moves on it.
enum PageStyle {
  static let css = """
    :root{--ink:#1b1f24;--soft:#5b6470;--rule:#d5d9de;--paper:#fff}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:1240px;padding:28px 32px 64px;background:var(--paper);color:var(--ink);
    font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}
    h1{font-size:27px;line-height:1.2;margin:0 0 6px}
    h2{font-size:20px;margin:44px 0 12px;padding-top:14px;border-top:2px solid var(--ink)}
    h2 small{font-size:14px;font-weight:400;color:var(--soft);margin-left:8px}
    header p{margin:4px 0;max-width:80ch}
    .facts,figcaption,.caption,caption,.scale{color:var(--soft);font-size:13px}
    .caption{margin:8px 0 0;max-width:95ch}
    .caption b,caption b{color:var(--ink)}
    .wide{overflow-x:auto;margin:26px 0}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px;border-top:2px solid var(--ink);
    border-bottom:2px solid var(--ink)}
    caption{text-align:left;padding:0 0 8px;max-width:95ch}
    th,td{padding:4px 10px;text-align:right;white-space:nowrap}
    thead th.figure{white-space:normal;max-width:9em}
    thead th{font-weight:600;border-bottom:1px solid var(--rule);vertical-align:bottom}
    thead th[scope=colgroup]{text-align:center}
    thead tr:last-child th{border-bottom:1px solid var(--ink)}
    thead th[rowspan]{border-bottom:1px solid var(--ink)}
    th[scope=row],thead th.label{text-align:left;font-weight:500}
    .first{border-left:1px solid var(--rule)}
    tr.group:not(:first-child)>*{border-top:1px solid var(--rule)}
    figure{margin:0;min-width:0}
    figcaption{padding:3px 0 0;line-height:1.35}
    .pic{position:relative;background-color:#dcd8d0;background-size:100% 100%;background-repeat:no-repeat;width:100%}
    .sharp{image-rendering:pixelated}
    .mark{position:absolute;border:1.5px solid #fff;outline:1px solid #000}
    .grid{display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr));gap:10px 8px}
    .strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(120px,1fr));gap:8px;margin-bottom:16px}
    .scale{display:flex;align-items:center;gap:8px;margin:6px 0 0}
    .scale i{width:160px;height:11px;background:linear-gradient(90deg,#054ba0,#fff,#b2182b);border:1px solid var(--rule)}
    .swipe{--split:50%;width:min(100%,720px);margin:24px 0}
    .pair{display:grid;grid-template-columns:minmax(0,1.1fr) minmax(0,1fr);gap:36px;align-items:center}
    .controls{display:flex;gap:24px;margin-bottom:8px;font-size:14px}
    .stage{position:relative;width:100%;overflow:hidden;cursor:ew-resize;touch-action:pan-y;background:#dcd8d0}
    .layer{position:absolute;inset:0;background-size:100% 100%;image-rendering:pixelated}
    .cut{clip-path:inset(0 calc(100% - var(--split)) 0 0)}
    .line{position:absolute;top:0;bottom:0;left:var(--split);width:2px;margin-left:-1px;background:#fff;
    box-shadow:0 0 3px #000}
    .swipe input{width:100%;margin:8px 0 0}
    .chart{max-width:620px;margin:26px 0}
    .chart.broad{max-width:1000px}
    svg{display:block;width:100%;font:12px system-ui,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--ink)}
    svg .small{font-size:11px;fill:var(--soft)}
    svg .grid{stroke:#e6e8eb;fill:none}
    svg .limit{stroke:var(--soft);stroke-dasharray:4 4;fill:none}
    svg .axis{stroke:var(--soft);fill:none}
    svg .curve{fill:none;stroke-width:2;stroke-linejoin:round}
    svg .outline{fill:none;stroke:var(--ink);stroke-width:1.2;stroke-linejoin:round}
    .legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:6px 0 0 50px;font-size:13px}
    .legend i{display:inline-block;width:20px;height:3px;margin-right:6px;vertical-align:middle}
    details{margin-top:16px}
    summary{cursor:pointer;color:var(--soft)}
    dt{font-weight:600;margin-top:10px}
    dd{margin:0;max-width:95ch}
    @media(max-width:700px){body{padding:16px}.grid{grid-template-columns:repeat(2,minmax(0,1fr))}
    .pair{grid-template-columns:minmax(0,1fr)}}
    @media print{section,.chart,.wide,figure{break-inside:avoid}.swipe{display:none}}
    """

  static let script = """
    for (const swipe of document.querySelectorAll('.swipe')) {
      const stage = swipe.querySelector('.stage'), range = swipe.querySelector('input');
      const [right, left] = swipe.querySelectorAll('.layer');
      const [chooseLeft, chooseRight] = swipe.querySelectorAll('select');
      const move = share => swipe.style.setProperty('--split', share + '%');
      range.addEventListener('input', () => move(range.value));
      stage.addEventListener('pointermove', event => {
        if (event.pointerType !== 'mouse' && !event.buttons) return;
        const box = stage.getBoundingClientRect();
        range.value = 100 * (event.clientX - box.left) / box.width;
        move(range.value);
      });
      chooseLeft.addEventListener('change', () => { left.className = 'layer cut ' + chooseLeft.value; });
      chooseRight.addEventListener('change', () => { right.className = 'layer ' + chooseRight.value; });
    }
    """
}
