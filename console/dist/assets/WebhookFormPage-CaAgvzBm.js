import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{d as t,f as n,g as r,i,n as a,p as o,s,t as c,x as l}from"./Page-BA6X_q_v.js";import{K as u,W as d,X as f,Y as p,a as ee,d as m,i as h,n as g,ot as _,t as v,tt as y,u as b}from"./Waiting-C48HlERG.js";import{t as x}from"./notify-DXSPg7NF.js";import{n as S,t as C}from"./TenantField-BdKc1uiY.js";import{t as w}from"./Textarea-D7gCVG3W.js";import{t as T}from"./TextInput-G8KOzxyr.js";import{L as E,P as D}from"./preload-helper-CjTIgT7h.js";import{t as O}from"./Badge-DvY_-K1Z.js";import{t as te}from"./Box-f834XCMR.js";import{t as k}from"./List-Dx1_PUZo.js";import{t as ne}from"./TagsInput-sURU928S.js";import{n as re,r as ie,t as A}from"./catalog-BZakXIxh.js";import{n as j,r as M,t as N}from"./pattern-DUMAfLn4.js";import{n as P,r as F,t as I}from"./TemplateSelect-TwEEtxpJ.js";import{m as L,o as R}from"./index-DSVR1wmo.js";import{t as z}from"./IconTrash-BJsLe75w.js";import{t as B}from"./ChannelSelect-CMkHjMUM.js";h(`
  fragment WebhookSettings on Webhook {
    id
    name
    description
    eventTypes
    filter
    tenant {
      id
      name
    }
    routes {
      channel {
        id
        name
        kind
        status
        template {
          id
        }
      }
      template {
        id
        name
        builtIn
      }
    }
  }
`);function V(){return{name:``,description:``,eventTypes:[],filter:``,routes:[{key:0,channel:null,templateId:null}]}}function H(e){return{name:e.name,description:e.description,eventTypes:e.eventTypes,filter:e.filter??``,routes:e.routes.map(({channel:e,template:t},n)=>({key:n,channel:e,templateId:(e.template?t.id===e.template.id:t.builtIn)?null:t.id}))}}function U({name:e,description:t,eventTypes:n,filter:r,routes:i}){return{name:e,description:t,eventTypes:n,filter:r.trim()?r:null,routes:i.flatMap(({channel:e,templateId:t})=>e?[{channelId:e.id,templateId:t}]:[])}}function W(e,t){return{tenantId:t,...U(e)}}function G(e,t,n){let r=U(n),i=Object.entries(U(t)).filter(([e,t])=>JSON.stringify(t)!==JSON.stringify(r[e]));return{id:e,...Object.fromEntries(i)}}function ae(e){let t=/\bline (\d+), column (\d+)\b/i.exec(e);return t?{line:Number(t[1]),column:Number(t[2])}:void 0}var K=e(E(),1),q=D();function J({value:e,onChange:t,error:n}){let{types:r}=re(),i=ie(),a=(0,K.useMemo)(()=>oe(r??[],i),[r,i]),o=e.filter(e=>!j(e));return(0,q.jsxs)(d,{gap:6,children:[(0,q.jsx)(ne,{label:`Event types`,description:`Names from the catalog, or patterns: contact.* takes one more word, contact.** any number of them, * every event.`,placeholder:e.length===0?`contact.created, contact.*, *`:void 0,required:!0,clearable:!0,clearButtonProps:{"aria-label":`Remove all event types`},data:a,maxDropdownHeight:320,limit:500,splitChars:[`,`,` `,`;`],acceptValueOnBlur:!0,value:e,onChange:t,"aria-invalid":o.length>0||!!n||void 0,error:o.length>0?`${o.map(e=>`“${e}”`).join(`, `)}: give a name such as contact.created, or a pattern such as contact.*`:n}),r&&e.length>0&&o.length===0&&(0,q.jsx)(ce,{patterns:e,types:r,own:i})]})}function oe(e,t){return[{group:`Everything`,items:[`*`]},...A(e).map(({group:e,types:t})=>{let n=t[0].name.match(/^([A-Za-z0-9_]+)([.-])/),r=n&&t.length>1&&t.every(({name:e})=>e.startsWith(n[0]))?[`${n[0]}**`]:[];return{group:e||`Without a group`,items:[...r,...t.map(({name:e})=>e)]}}),...t.length>0?[{group:`What the server tells of itself`,items:[`carillon.**`,...t.map(({name:e})=>e)]}]:[]]}var Y=40;function se(e,t,n,r){let i=r>0&&`${r} of those that the server tells of itself`;return i&&e.every(N)?`Takes ${i}:`:n===0?`The catalog is empty; events of these types are taken as they come.`:`Takes ${t} of the catalog's ${n} event ${n===1?`type`:`types`}${i?`, and ${i}`:``}:`}function ce({patterns:e,types:t,own:n}){let i=[...t,...n].filter(({name:t})=>e.some(e=>M(e,t))),a=i.filter(({name:e})=>N(e)).length,o=e=>[...t,...n].some(({name:t})=>e.includes(`*`)?M(e,t):t===e),s=e.filter(e=>!e.includes(`*`)&&!o(e)),c=e.filter(e=>e.includes(`*`)&&!o(e));return(0,q.jsxs)(te,{"aria-live":`polite`,children:[(0,q.jsx)(f,{size:`xs`,c:`dimmed`,mb:4,children:se(e,i.length-a,t.length,a)}),(0,q.jsxs)(y,{gap:4,children:[i.slice(0,Y).map(({id:e,name:t})=>(0,q.jsx)(O,{variant:`default`,tt:`none`,fw:500,size:`sm`,maw:`100%`,children:t},e)),i.length>Y&&(0,q.jsxs)(f,{size:`xs`,c:`dimmed`,children:[`and `,i.length-Y,` more`]})]}),t.length>0&&s.length+c.length>0&&(0,q.jsxs)(k,{size:`xs`,mt:4,children:[s.map(e=>(0,q.jsxs)(k.Item,{children:[(0,q.jsx)(r,{children:e}),` is not in the catalog. It is taken all the same, once such events are published.`]},e)),c.map(e=>(0,q.jsxs)(k.Item,{children:[(0,q.jsx)(r,{children:e}),` takes no type of the catalog today.`]},e))]})]})}function le({value:e,onChange:t,error:n,tried:i}){let a=(0,K.useRef)(null),o=n?ae(n):void 0,s=o&&i.split(`
`)[o.line-1];return(0,q.jsxs)(d,{gap:6,children:[(0,q.jsx)(w,{ref:a,label:`Filter`,description:(0,q.jsxs)(q.Fragment,{children:[`Optional. A condition in `,(0,q.jsx)(p,{href:`https://cel.dev`,target:`_blank`,rel:`noreferrer`,inherit:!0,children:`CEL`}),` over type, version, entityId, tags and data, such as `,(0,q.jsx)(r,{children:`data.total > 100 && 'vip' in tags`})]}),placeholder:`Empty: every event of these types`,autosize:!0,minRows:2,maxRows:12,spellCheck:!1,styles:{input:{fontFamily:`var(--mantine-font-family-monospace)`,fontSize:13}},value:e,onChange:e=>t(e.currentTarget.value),error:n}),o&&s!==void 0&&(0,q.jsxs)(`div`,{children:[(0,q.jsxs)(r,{block:!0,"aria-hidden":!0,children:[s,`
`,s.slice(0,o.column-1).replace(/[^\t]/g,` `),`^`]}),(0,q.jsxs)(p,{component:`button`,type:`button`,size:`sm`,mt:4,onClick:()=>{if(!o)return;let e=i.split(`
`).slice(0,o.line-1).reduce((e,t)=>e+t.length+1,0)+o.column-1;a.current?.focus(),a.current?.setSelectionRange(e,e+1)},children:[`Go to line `,o.line,`, column `,o.column]})]}),!n&&e.trim()&&(0,q.jsx)(f,{size:`xs`,c:`dimmed`,children:`An event that lacks a field that the filter reads does not match; has(data.total) asks whether it is there.`})]})}function ue({routes:e,onChange:t,tenantId:n,error:r}){let i=(n,r)=>t(e.map((e,t)=>t===n?{...e,...r}:e)),a=e.flatMap(({channel:e})=>e?[e.id]:[]);return(0,q.jsx)(F,{legend:`Routes`,children:(0,q.jsxs)(d,{gap:`sm`,children:[(0,q.jsx)(f,{size:`sm`,c:`dimmed`,children:`Each channel gets every event that the webhook takes, as a delivery of its own.`}),e.map(({key:o,channel:s,templateId:c},u)=>(0,q.jsxs)(y,{align:`flex-start`,gap:`xs`,children:[(0,q.jsx)(B,{label:`Channel ${u+1}`,placeholder:`Choose a channel`,tenantId:n,value:s,without:a,onChange:e=>i(u,{channel:e,templateId:e?.kind===s?.kind?c:null}),error:r(`routes.${u}.channelId`)}),(0,q.jsx)(`div`,{style:{flex:`2 1 220px`},children:s&&(0,q.jsx)(I,{kind:s.kind,tenantId:n,label:`Template ${u+1} (${R(s.kind)})`,otherwise:s.template?`The channel's own`:`The built-in one`,value:c,onChange:e=>i(u,{templateId:e}),error:r(`routes.${u}.templateId`)},s.kind)}),(0,q.jsx)(l,{mt:26,size:`lg`,variant:`subtle`,color:`gray`,"aria-label":`Remove channel ${u+1}`,disabled:e.length===1,onClick:()=>t(e.filter((e,t)=>t!==u)),children:(0,q.jsx)(z,{size:17})})]},o)),r(`routes`)&&(0,q.jsx)(f,{size:`sm`,c:`var(--mantine-color-error)`,role:`alert`,children:r(`routes`)}),(0,q.jsxs)(y,{gap:`md`,children:[(0,q.jsx)(u,{variant:`default`,size:`xs`,leftSection:(0,q.jsx)(L,{size:14}),onClick:()=>t([...e,{key:Math.max(-1,...e.map(({key:e})=>e))+1,channel:null,templateId:null}]),children:`Add a channel`}),(0,q.jsx)(p,{component:s,to:`/channels/new`,target:`_blank`,size:`sm`,children:`Make a new channel (in another tab)`})]})]})})}function X({start:e,owner:t,action:n,cancel:r,save:i}){let[a,o]=(0,K.useState)(e),[c,l]=(0,K.useState)({fields:{},rest:``}),[f,p]=(0,K.useState)(``),[m,h]=(0,K.useState)(!1),v=(0,K.useRef)(null);(0,K.useEffect)(()=>{Object.keys(c.fields).length>0&&P(v.current)},[c]);let b=e=>o(t=>({...t,...e})),x=e=>c.fields[e],S=async e=>{e.preventDefault();let n=fe(a,t.missing);if(Object.keys(n).length>0||!a.eventTypes.every(j))return l({fields:n,rest:``});h(!0),p(a.filter);let r=await i(a);h(!1),r&&l(ee(r,de(a)))};return(0,q.jsx)(`form`,{ref:v,onSubmit:e=>void S(e),noValidate:!0,children:(0,q.jsxs)(d,{maw:820,children:[(0,q.jsx)(C,{owner:{...t,choose:e=>{t.choose(e),b({routes:a.routes.map(e=>({...e,channel:null,templateId:null}))})}},error:x(`tenantId`)}),(0,q.jsx)(T,{label:`Name`,required:!0,value:a.name,onChange:e=>b({name:e.currentTarget.value}),error:x(`name`)}),(0,q.jsx)(w,{label:`Description`,description:`Optional. Why it is there, for whoever finds it later.`,autosize:!0,minRows:1,maxRows:6,value:a.description,onChange:e=>b({description:e.currentTarget.value}),error:x(`description`)}),(0,q.jsx)(J,{value:a.eventTypes,onChange:e=>b({eventTypes:e}),error:x(`eventTypes`)}),(0,q.jsx)(le,{value:a.filter,onChange:e=>b({filter:e}),error:x(`filter`),tried:f}),(0,q.jsx)(ue,{routes:a.routes,onChange:e=>b({routes:e}),tenantId:t.tenantId,error:x}),(0,q.jsx)(g,{error:c.rest}),(0,q.jsx)(_,{pos:`sticky`,bottom:0,py:`sm`,radius:0,style:{zIndex:1,borderTop:`1px solid var(--mantine-color-default-border)`},children:(0,q.jsxs)(y,{children:[(0,q.jsx)(u,{type:`submit`,loading:m,children:n}),(0,q.jsx)(u,{component:s,to:r,variant:`default`,children:`Cancel`})]})})]})})}function de({routes:e}){return[`tenantId`,`name`,`description`,`eventTypes`,`filter`,`routes`,...e.flatMap((e,t)=>[`routes.${t}.channelId`,`routes.${t}.templateId`])]}function fe({name:e,eventTypes:t,routes:n},r){let i={};r&&(i.tenantId=`Choose whose webhook it is`),e.trim()||(i.name=`Is needed`),t.length===0&&(i.eventTypes=`Choose at least one, or * for every event`);for(let[e,{channel:t}]of n.entries())t||(i[`routes.${e}.channelId`]=`Choose a channel, or remove this line`);return i}var pe=h(`
  query WebhookFormLoad($id: ID!) {
    webhook(id: $id) {
      ...WebhookSettings
    }
  }
`),me=h(`
  query WebhookFormForChannel($id: ID!) {
    channel(id: $id) {
      id
      name
      kind
      template {
        id
      }
      tenant {
        id
      }
    }
  }
`),he=h(`
  mutation WebhookFormCreate($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      id
    }
  }
`),Z=h(`
  mutation WebhookFormUpdate($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) {
      id
    }
  }
`),Q=[{label:`Webhooks`,to:`/webhooks`}];function ge(){let{id:e}=n(),[t]=o(),{can:r}=i(),s=t.get(`channel`);return r(`MANAGE`)?e?(0,q.jsx)(ve,{id:e}):s?(0,q.jsx)(_e,{id:s}):(0,q.jsx)($,{}):(0,q.jsx)(c,{title:e?`Change a webhook`:`New webhook`,above:Q,children:(0,q.jsx)(a,{title:`Your key may only read`,children:`Changing webhooks needs a key with the scope MANAGE.`})})}function _e({id:e}){let{admin:t}=i(),[{data:n,error:r}]=m({query:me,variables:{id:e}});return r&&!n?(0,q.jsx)(g,{error:r}):n?(0,q.jsx)($,{channel:n.channel??void 0,tenantId:t?n.channel?.tenant.id:void 0}):(0,q.jsx)(v,{})}function $({channel:e,tenantId:n}){let r=t(),i=S(),a=n?{...i,tenantId:n,missing:!1,asks:!1}:i,[,o]=b(he),s=V();return e&&(s.routes=[{key:0,channel:e,templateId:null}]),(0,q.jsx)(c,{title:`New webhook`,description:`Which events go to which channels.`,above:Q,children:(0,q.jsx)(X,{start:s,owner:a,action:`Create the webhook`,cancel:`/webhooks`,save:async e=>{let{data:t,error:n}=await o({input:W(e,a.tenantId)});if(!t)return n;x(`The webhook is made. Events that it takes are delivered from now on.`),r(`/webhooks/${t.createWebhook.id}`)}})})}function ve({id:e}){let[{data:t,error:n,fetching:r},i]=m({query:pe,variables:{id:e},requestPolicy:`network-only`});return n&&!t?(0,q.jsx)(g,{error:n,onRetry:i}):!t||r?(0,q.jsx)(v,{}):t.webhook?(0,q.jsx)(ye,{webhook:t.webhook},e):(0,q.jsx)(c,{title:`Change a webhook`,above:Q,children:(0,q.jsx)(a,{title:`There is no such webhook`,children:`It may have been deleted.`})})}function ye({webhook:e}){let n=t(),[,r]=b(Z),i=H(e),a=`/webhooks/${e.id}`;return(0,q.jsx)(c,{title:`Change ${e.name}`,above:[...Q,{label:e.name,to:a}],children:(0,q.jsx)(X,{start:i,owner:{tenantId:e.tenant.id,missing:!1,asks:!1,choose:()=>void 0},action:`Save`,cancel:a,save:async t=>{let o=G(e.id,t,i);if(Object.keys(o).length>1){let{data:e,error:t}=await r({input:o});if(!e)return t;x(`Saved.`)}n(a)}})})}export{ge as default};