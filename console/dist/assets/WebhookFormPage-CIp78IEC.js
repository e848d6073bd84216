import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{d as t,f as n,g as r,i,n as a,p as o,s,t as c,x as l}from"./Page-DDAitbXP.js";import{K as u,W as d,X as f,Y as p,a as ee,d as m,i as h,n as g,ot as _,t as v,tt as y,u as b}from"./Waiting-CkTPWqSo.js";import{t as x}from"./notify-DA4xKyCi.js";import{n as S,t as C}from"./TenantField-zI_rOAzd.js";import{t as w}from"./Textarea-D0CTlU7A.js";import{t as T}from"./TextInput-B3Ra5IUl.js";import{L as te,P as E}from"./preload-helper-CjTIgT7h.js";import{t as D}from"./Badge-DvY_-K1Z.js";import{t as ne}from"./Box-f834XCMR.js";import{t as O}from"./List-DqswJ0JT.js";import{t as re}from"./TagsInput-BPTqgJ4D.js";import{n as ie,t as k}from"./catalog-DPZFgaZv.js";import{n as A,t as j}from"./pattern-CzKgn7Kc.js";import{n as M,r as N,t as P}from"./TemplateSelect-Bb9jStq1.js";import{m as F,o as I}from"./index-DHEhYvHO.js";import{t as L}from"./IconTrash-BJsLe75w.js";import{t as R}from"./ChannelSelect-DvnnwXTe.js";h(`
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
`);function z(){return{name:``,description:``,eventTypes:[],filter:``,routes:[{key:0,channel:null,templateId:null}]}}function B(e){return{name:e.name,description:e.description,eventTypes:e.eventTypes,filter:e.filter??``,routes:e.routes.map(({channel:e,template:t},n)=>({key:n,channel:e,templateId:(e.template?t.id===e.template.id:t.builtIn)?null:t.id}))}}function V({name:e,description:t,eventTypes:n,filter:r,routes:i}){return{name:e,description:t,eventTypes:n,filter:r.trim()?r:null,routes:i.flatMap(({channel:e,templateId:t})=>e?[{channelId:e.id,templateId:t}]:[])}}function H(e,t){return{tenantId:t,...V(e)}}function U(e,t,n){let r=V(n),i=Object.entries(V(t)).filter(([e,t])=>JSON.stringify(t)!==JSON.stringify(r[e]));return{id:e,...Object.fromEntries(i)}}function W(e){let t=/\bline (\d+), column (\d+)\b/i.exec(e);return t?{line:Number(t[1]),column:Number(t[2])}:void 0}var G=e(te(),1),K=E();function q({value:e,onChange:t,error:n}){let{types:r}=ie(),i=r??[],a=(0,G.useMemo)(()=>J(i),[r]),o=e.filter(e=>!j(e));return(0,K.jsxs)(d,{gap:6,children:[(0,K.jsx)(re,{label:`Event types`,description:`Names from the catalog, or patterns: contact.* takes one more word, contact.** any number of them, * every event.`,placeholder:e.length===0?`contact.created, contact.*, *`:void 0,required:!0,clearable:!0,clearButtonProps:{"aria-label":`Remove all event types`},data:a,maxDropdownHeight:320,limit:500,splitChars:[`,`,` `,`;`],acceptValueOnBlur:!0,value:e,onChange:t,"aria-invalid":o.length>0||!!n||void 0,error:o.length>0?`${o.map(e=>`“${e}”`).join(`, `)}: give a name such as contact.created, or a pattern such as contact.*`:n}),r&&e.length>0&&o.length===0&&(0,K.jsx)(ae,{patterns:e,types:r})]})}function J(e){return[{group:`Everything`,items:[`*`]},...k(e).map(({group:e,types:t})=>{let n=t[0].name.match(/^([A-Za-z0-9_]+)([.-])/),r=n&&t.length>1&&t.every(({name:e})=>e.startsWith(n[0]))?[`${n[0]}**`]:[];return{group:e||`Without a group`,items:[...r,...t.map(({name:e})=>e)]}})]}var Y=40;function ae({patterns:e,types:t}){let n=t.filter(({name:t})=>e.some(e=>A(e,t))),i=e.filter(e=>!e.includes(`*`)&&!t.some(({name:t})=>t===e)),a=e.filter(e=>e.includes(`*`)&&!t.some(({name:t})=>A(e,t)));return(0,K.jsxs)(ne,{"aria-live":`polite`,children:[(0,K.jsx)(f,{size:`xs`,c:`dimmed`,mb:4,children:t.length===0?`The catalog is empty; events of these types are taken as they come.`:`Takes ${n.length} of the catalog's ${t.length} event ${t.length===1?`type`:`types`}:`}),(0,K.jsxs)(y,{gap:4,children:[n.slice(0,Y).map(({id:e,name:t})=>(0,K.jsx)(D,{variant:`default`,tt:`none`,fw:500,size:`sm`,maw:`100%`,children:t},e)),n.length>Y&&(0,K.jsxs)(f,{size:`xs`,c:`dimmed`,children:[`and `,n.length-Y,` more`]})]}),t.length>0&&i.length+a.length>0&&(0,K.jsxs)(O,{size:`xs`,mt:4,children:[i.map(e=>(0,K.jsxs)(O.Item,{children:[(0,K.jsx)(r,{children:e}),` is not in the catalog. It is taken all the same, once such events are published.`]},e)),a.map(e=>(0,K.jsxs)(O.Item,{children:[(0,K.jsx)(r,{children:e}),` takes no type of the catalog today.`]},e))]})]})}function oe({value:e,onChange:t,error:n,tried:i}){let a=(0,G.useRef)(null),o=n?W(n):void 0,s=o&&i.split(`
`)[o.line-1];return(0,K.jsxs)(d,{gap:6,children:[(0,K.jsx)(w,{ref:a,label:`Filter`,description:(0,K.jsxs)(K.Fragment,{children:[`Optional. A condition in `,(0,K.jsx)(p,{href:`https://cel.dev`,target:`_blank`,rel:`noreferrer`,inherit:!0,children:`CEL`}),` over type, version, entityId, tags and data, such as `,(0,K.jsx)(r,{children:`data.total > 100 && 'vip' in tags`})]}),placeholder:`Empty: every event of these types`,autosize:!0,minRows:2,maxRows:12,spellCheck:!1,styles:{input:{fontFamily:`var(--mantine-font-family-monospace)`,fontSize:13}},value:e,onChange:e=>t(e.currentTarget.value),error:n}),o&&s!==void 0&&(0,K.jsxs)(`div`,{children:[(0,K.jsxs)(r,{block:!0,"aria-hidden":!0,children:[s,`
`,s.slice(0,o.column-1).replace(/[^\t]/g,` `),`^`]}),(0,K.jsxs)(p,{component:`button`,type:`button`,size:`sm`,mt:4,onClick:()=>{if(!o)return;let e=i.split(`
`).slice(0,o.line-1).reduce((e,t)=>e+t.length+1,0)+o.column-1;a.current?.focus(),a.current?.setSelectionRange(e,e+1)},children:[`Go to line `,o.line,`, column `,o.column]})]}),!n&&e.trim()&&(0,K.jsx)(f,{size:`xs`,c:`dimmed`,children:`An event that lacks a field that the filter reads does not match; has(data.total) asks whether it is there.`})]})}function se({routes:e,onChange:t,tenantId:n,error:r}){let i=(n,r)=>t(e.map((e,t)=>t===n?{...e,...r}:e)),a=e.flatMap(({channel:e})=>e?[e.id]:[]);return(0,K.jsx)(N,{legend:`Routes`,children:(0,K.jsxs)(d,{gap:`sm`,children:[(0,K.jsx)(f,{size:`sm`,c:`dimmed`,children:`Each channel gets every event that the webhook takes, as a delivery of its own.`}),e.map(({key:o,channel:s,templateId:c},u)=>(0,K.jsxs)(y,{align:`flex-start`,gap:`xs`,children:[(0,K.jsx)(R,{label:`Channel ${u+1}`,placeholder:`Choose a channel`,tenantId:n,value:s,without:a,onChange:e=>i(u,{channel:e,templateId:e?.kind===s?.kind?c:null}),error:r(`routes.${u}.channelId`)}),(0,K.jsx)(`div`,{style:{flex:`2 1 220px`},children:s&&(0,K.jsx)(P,{kind:s.kind,tenantId:n,label:`Template ${u+1} (${I(s.kind)})`,otherwise:s.template?`The channel's own`:`The built-in one`,value:c,onChange:e=>i(u,{templateId:e}),error:r(`routes.${u}.templateId`)},s.kind)}),(0,K.jsx)(l,{mt:26,size:`lg`,variant:`subtle`,color:`gray`,"aria-label":`Remove channel ${u+1}`,disabled:e.length===1,onClick:()=>t(e.filter((e,t)=>t!==u)),children:(0,K.jsx)(L,{size:17})})]},o)),r(`routes`)&&(0,K.jsx)(f,{size:`sm`,c:`var(--mantine-color-error)`,role:`alert`,children:r(`routes`)}),(0,K.jsxs)(y,{gap:`md`,children:[(0,K.jsx)(u,{variant:`default`,size:`xs`,leftSection:(0,K.jsx)(F,{size:14}),onClick:()=>t([...e,{key:Math.max(-1,...e.map(({key:e})=>e))+1,channel:null,templateId:null}]),children:`Add a channel`}),(0,K.jsx)(p,{component:s,to:`/channels/new`,target:`_blank`,size:`sm`,children:`Make a new channel (in another tab)`})]})]})})}function X({start:e,owner:t,action:n,cancel:r,save:i}){let[a,o]=(0,G.useState)(e),[c,l]=(0,G.useState)({fields:{},rest:``}),[f,p]=(0,G.useState)(``),[m,h]=(0,G.useState)(!1),v=(0,G.useRef)(null);(0,G.useEffect)(()=>{Object.keys(c.fields).length>0&&M(v.current)},[c]);let b=e=>o(t=>({...t,...e})),x=e=>c.fields[e],S=async e=>{e.preventDefault();let n=Z(a,t.missing);if(Object.keys(n).length>0||!a.eventTypes.every(j))return l({fields:n,rest:``});h(!0),p(a.filter);let r=await i(a);h(!1),r&&l(ee(r,ce(a)))};return(0,K.jsx)(`form`,{ref:v,onSubmit:e=>void S(e),noValidate:!0,children:(0,K.jsxs)(d,{maw:820,children:[(0,K.jsx)(C,{owner:{...t,choose:e=>{t.choose(e),b({routes:a.routes.map(e=>({...e,channel:null,templateId:null}))})}},error:x(`tenantId`)}),(0,K.jsx)(T,{label:`Name`,required:!0,value:a.name,onChange:e=>b({name:e.currentTarget.value}),error:x(`name`)}),(0,K.jsx)(w,{label:`Description`,description:`Optional. Why it is there, for whoever finds it later.`,autosize:!0,minRows:1,maxRows:6,value:a.description,onChange:e=>b({description:e.currentTarget.value}),error:x(`description`)}),(0,K.jsx)(q,{value:a.eventTypes,onChange:e=>b({eventTypes:e}),error:x(`eventTypes`)}),(0,K.jsx)(oe,{value:a.filter,onChange:e=>b({filter:e}),error:x(`filter`),tried:f}),(0,K.jsx)(se,{routes:a.routes,onChange:e=>b({routes:e}),tenantId:t.tenantId,error:x}),(0,K.jsx)(g,{error:c.rest}),(0,K.jsx)(_,{pos:`sticky`,bottom:0,py:`sm`,radius:0,style:{zIndex:1,borderTop:`1px solid var(--mantine-color-default-border)`},children:(0,K.jsxs)(y,{children:[(0,K.jsx)(u,{type:`submit`,loading:m,children:n}),(0,K.jsx)(u,{component:s,to:r,variant:`default`,children:`Cancel`})]})})]})})}function ce({routes:e}){return[`tenantId`,`name`,`description`,`eventTypes`,`filter`,`routes`,...e.flatMap((e,t)=>[`routes.${t}.channelId`,`routes.${t}.templateId`])]}function Z({name:e,eventTypes:t,routes:n},r){let i={};r&&(i.tenantId=`Choose whose webhook it is`),e.trim()||(i.name=`Is needed`),t.length===0&&(i.eventTypes=`Choose at least one, or * for every event`);for(let[e,{channel:t}]of n.entries())t||(i[`routes.${e}.channelId`]=`Choose a channel, or remove this line`);return i}var le=h(`
  query WebhookFormLoad($id: ID!) {
    webhook(id: $id) {
      ...WebhookSettings
    }
  }
`),ue=h(`
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
`),de=h(`
  mutation WebhookFormCreate($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      id
    }
  }
`),fe=h(`
  mutation WebhookFormUpdate($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) {
      id
    }
  }
`),Q=[{label:`Webhooks`,to:`/webhooks`}];function pe(){let{id:e}=n(),[t]=o(),{can:r}=i(),s=t.get(`channel`);return r(`MANAGE`)?e?(0,K.jsx)(he,{id:e}):s?(0,K.jsx)(me,{id:s}):(0,K.jsx)($,{}):(0,K.jsx)(c,{title:e?`Change a webhook`:`New webhook`,above:Q,children:(0,K.jsx)(a,{title:`Your key may only read`,children:`Changing webhooks needs a key with the scope MANAGE.`})})}function me({id:e}){let{admin:t}=i(),[{data:n,error:r}]=m({query:ue,variables:{id:e}});return r&&!n?(0,K.jsx)(g,{error:r}):n?(0,K.jsx)($,{channel:n.channel??void 0,tenantId:t?n.channel?.tenant.id:void 0}):(0,K.jsx)(v,{})}function $({channel:e,tenantId:n}){let r=t(),i=S(),a=n?{...i,tenantId:n,missing:!1,asks:!1}:i,[,o]=b(de),s=z();return e&&(s.routes=[{key:0,channel:e,templateId:null}]),(0,K.jsx)(c,{title:`New webhook`,description:`Which events go to which channels.`,above:Q,children:(0,K.jsx)(X,{start:s,owner:a,action:`Create the webhook`,cancel:`/webhooks`,save:async e=>{let{data:t,error:n}=await o({input:H(e,a.tenantId)});if(!t)return n;x(`The webhook is made. Events that it takes are delivered from now on.`),r(`/webhooks/${t.createWebhook.id}`)}})})}function he({id:e}){let[{data:t,error:n,fetching:r},i]=m({query:le,variables:{id:e},requestPolicy:`network-only`});return n&&!t?(0,K.jsx)(g,{error:n,onRetry:i}):!t||r?(0,K.jsx)(v,{}):t.webhook?(0,K.jsx)(ge,{webhook:t.webhook},e):(0,K.jsx)(c,{title:`Change a webhook`,above:Q,children:(0,K.jsx)(a,{title:`There is no such webhook`,children:`It may have been deleted.`})})}function ge({webhook:e}){let n=t(),[,r]=b(fe),i=B(e),a=`/webhooks/${e.id}`;return(0,K.jsx)(c,{title:`Change ${e.name}`,above:[...Q,{label:e.name,to:a}],children:(0,K.jsx)(X,{start:i,owner:{tenantId:e.tenant.id,missing:!1,asks:!1,choose:()=>void 0},action:`Save`,cancel:a,save:async t=>{let o=U(e.id,t,i);if(Object.keys(o).length>1){let{data:e,error:t}=await r({input:o});if(!e)return t;x(`Saved.`)}n(a)}})})}export{pe as default};