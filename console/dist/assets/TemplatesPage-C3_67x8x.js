import{K as e,X as t,i as n,n as r,tt as i}from"./Waiting-C48HlERG.js";import{t as a}from"./Select-Bvlcvv42.js";import{i as o,m as s,o as c,s as l,u}from"./index-DSVR1wmo.js";import{i as d,n as f,s as p,t as m}from"./Page-BA6X_q_v.js";import{t as h}from"./filters-DnB--E_r.js";import{t as g}from"./FindField-BBzcvt7T.js";import{t as _}from"./pages-B7Z7WG-j.js";import{t as v}from"./Rows-C1Hqw9-S.js";import{n as y}from"./When-Cv7uh3-4.js";import{n as b,t as x}from"./uses-quTuGXGW.js";import{P as S}from"./preload-helper-CjTIgT7h.js";var C=S(),w=n(`
  query TemplateList($first: Int, $after: String, $filter: TemplateFilter) {
    templates(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        name
        description
        kind
        builtIn
        version
        updatedAt
        tenant {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);function T(){let{admin:t,can:n}=d(),{tenantId:o}=u(),[{kind:y,origin:x,search:S},T]=h(`kind`,`origin`,`search`),D=l.find(e=>e===y),{rows:O,error:k,loading:A,more:j,again:M}=_(w,{filter:{tenantId:o,kind:D,search:S,builtIn:x===`builtin`||x!==`own`&&void 0}},e=>e.templates),N=b(o),P=D?`/templates/new?kind=${D}`:`/templates/new`,F=n(`MANAGE`)&&(0,C.jsx)(e,{component:p,to:P,leftSection:(0,C.jsx)(s,{size:16}),children:`New template`}),I=!!(D??S??x);return(0,C.jsxs)(m,{title:`Templates`,description:`What messages look like. Every kind of channel has a built-in one; make your own where it does not say what you want.`,actions:F,children:[(0,C.jsxs)(i,{mb:`md`,gap:`sm`,children:[(0,C.jsx)(g,{label:`Find by name`,value:S??``,onChange:e=>T({search:e})}),(0,C.jsx)(a,{"aria-label":`Kind`,placeholder:`Any kind`,clearable:!0,w:{base:`100%`,xs:150},data:l.map(e=>({value:e,label:c(e)})),value:D??null,onChange:e=>T({kind:e})}),(0,C.jsx)(a,{"aria-label":`Built in or own`,placeholder:`Built in and own`,clearable:!0,w:{base:`100%`,xs:190},data:[{value:`own`,label:`Own`},{value:`builtin`,label:`Built in`}],value:x===`own`||x===`builtin`?x:null,onChange:e=>T({origin:e})})]}),(0,C.jsx)(r,{error:k,onRetry:M}),(O||!k)&&(0,C.jsx)(v,{label:`Templates`,columns:E(t&&!o,N),rows:O,id:e=>e.id,to:e=>`/templates/${e.id}`,loading:A,more:j,empty:(0,C.jsx)(f,{title:x===`own`&&!D&&!S?`No template of your own yet`:`No template is like this`,action:x===`own`?F:void 0,children:I&&x!==`own`?`Change the filters to see others.`:`Begin with a short example, or with a copy of a built-in one.`})})]})}function E(e,n){return[{header:`Name`,cell:e=>(0,C.jsx)(D,{row:e})},{header:`Kind`,cell:e=>(0,C.jsx)(o,{kind:e.kind}),from:`xs`,width:110},...e?[{header:`Tenant`,cell:e=>(0,C.jsx)(O,{text:e.tenant?.name??``}),from:`md`,width:170}]:[],{header:`Used by`,cell:e=>(0,C.jsx)(t,{size:`sm`,children:n&&x(n.of(e.id),n.partial)}),from:`sm`,width:170},{header:`Version`,cell:e=>e.builtIn?(0,C.jsx)(t,{size:`sm`,children:`Built in`}):e.version,width:90},{header:`Updated`,cell:e=>!e.builtIn&&(0,C.jsx)(y,{at:e.updatedAt}),from:`md`,width:120}]}function D({row:e}){return(0,C.jsxs)(C.Fragment,{children:[(0,C.jsx)(t,{fw:550,size:`sm`,lineClamp:2,style:{overflowWrap:`anywhere`},dir:`auto`,children:e.name}),e.description&&(0,C.jsx)(t,{size:`xs`,c:`dimmed`,lineClamp:1,dir:`auto`,style:{overflowWrap:`anywhere`},children:e.description})]})}function O({text:e}){return(0,C.jsx)(t,{size:`sm`,truncate:!0,maw:170,children:e})}export{T as default};