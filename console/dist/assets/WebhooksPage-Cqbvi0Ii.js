import{K as e,W as t,X as n,d as r,i,n as a,tt as o}from"./Waiting-C48HlERG.js";import{t as s}from"./Select-Bvlcvv42.js";import{a as c,m as l,u}from"./index-DSVR1wmo.js";import{i as d,n as f,s as p,t as m}from"./Page-BA6X_q_v.js";import{t as h}from"./filters-DnB--E_r.js";import{t as g}from"./FindField-BBzcvt7T.js";import{t as _}from"./LastAttempt-DxIeW-5X.js";import{t as v}from"./pages-B7Z7WG-j.js";import{t as y}from"./Rows-C1Hqw9-S.js";import{n as b,t as x}from"./Status-6I6k_37K.js";import{t as S}from"./ChannelSelect-CMkHjMUM.js";import{P as C}from"./preload-helper-CjTIgT7h.js";var w=C(),T=i(`
  query WebhooksList($first: Int!, $after: String, $filter: WebhookFilter) {
    webhooks(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        name
        tenant {
          id
          name
        }
        eventTypes
        filter
        status
        routes {
          channel {
            id
            name
            kind
            status
          }
        }
        lastAttempt {
          id
          status
          startedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),E=i(`
  query WebhooksFilterChannel($id: ID!) {
    channel(id: $id) {
      id
      name
      kind
      template {
        id
      }
    }
  }
`),D=[`ACTIVE`,`PAUSED`];function O(){let{can:n,admin:i}=d(),{tenantId:c}=u(),[_,x]=h(`search`,`status`,`eventType`,`channel`),{search:C,eventType:O,channel:A}=_,j=D.find(e=>e===_.status)??null,[{data:M}]=r({query:E,variables:{id:A??``},pause:!A}),{rows:N,error:P,loading:F,more:I,again:L}=v(T,{filter:{tenantId:c,search:C,eventType:O,channelId:A,status:j}},e=>e.webhooks),R=n(`MANAGE`)&&(0,w.jsx)(e,{component:p,to:`/webhooks/new`,leftSection:(0,w.jsx)(l,{size:16}),children:`New webhook`});return(0,w.jsx)(m,{title:`Webhooks`,description:`Which events go to which channels.`,actions:R,children:(0,w.jsxs)(t,{gap:`sm`,children:[(0,w.jsxs)(o,{gap:`xs`,children:[(0,w.jsx)(g,{label:`Find by name`,value:C??``,onChange:e=>x({search:e})}),(0,w.jsx)(g,{label:`Takes event type`,value:O??``,onChange:e=>x({eventType:e}),width:200}),(0,w.jsx)(S,{label:`Channel`,labelHidden:!0,placeholder:`Any channel`,clearable:!0,width:200,tenantId:c,value:A?M?.channel??null:null,onChange:e=>x({channel:e?.id??null})}),(0,w.jsx)(s,{"aria-label":`Status`,placeholder:`Any status`,clearable:!0,w:150,data:D.map(e=>({value:e,label:b(e)})),value:j,onChange:e=>x({status:e})})]}),(0,w.jsx)(a,{error:P,onRetry:L}),(0,w.jsx)(y,{label:`Webhooks`,columns:k(i&&!c),rows:N,id:({id:e})=>e,to:({id:e})=>`/webhooks/${e}`,more:I,loading:F,empty:C||O||A||j?(0,w.jsx)(f,{title:`No webhook is like that`,action:(0,w.jsx)(e,{variant:`default`,onClick:()=>x({search:null,status:null,eventType:null,channel:null}),children:`Show all`})}):(0,w.jsx)(f,{title:`No webhooks yet`,action:R,children:`A webhook names event types and the channels that they go to. Make a channel first if there is none; then every event that is published and matches is delivered there.`})})]})})}function k(e){return[{header:`Name`,width:`22%`,cell:({name:e})=>(0,w.jsx)(n,{span:!0,fw:500,size:`sm`,lineClamp:2,style:{overflowWrap:`anywhere`},dir:`auto`,children:e})},...e?[{header:`Tenant`,from:`lg`,width:`10%`,cell:({tenant:e})=>(0,w.jsx)(n,{span:!0,size:`sm`,lineClamp:1,dir:`auto`,children:e.name})}]:[],{header:`Event types`,width:`22%`,from:`sm`,cell:({eventTypes:e,filter:t})=>(0,w.jsxs)(n,{span:!0,size:`sm`,lineClamp:2,style:{overflowWrap:`anywhere`},title:e.join(`, `),children:[A(e),t&&` where a filter holds`]})},{header:`Channels`,from:`md`,width:`22%`,cell:({routes:e})=>(0,w.jsx)(j,{routes:e})},{header:`Status`,width:110,cell:({status:e})=>(0,w.jsx)(x,{value:e})},{header:`Last attempt`,cell:({lastAttempt:e})=>(0,w.jsx)(_,{attempt:e})}]}function A(e){return e.length>4?`${e.slice(0,3).join(`, `)} and ${e.length-3} more`:e.join(`, `)}function j({routes:e}){return(0,w.jsxs)(t,{gap:2,children:[e.slice(0,3).map(({channel:e})=>(0,w.jsxs)(o,{gap:6,wrap:`nowrap`,children:[(0,w.jsx)(c,{kind:e.kind,size:16}),(0,w.jsx)(n,{span:!0,size:`sm`,lineClamp:1,dir:`auto`,children:e.name}),e.status!==`ACTIVE`&&(0,w.jsx)(n,{span:!0,size:`xs`,children:(0,w.jsx)(x,{value:e.status})})]},e.id)),e.length>3&&(0,w.jsxs)(n,{span:!0,size:`xs`,c:`dimmed`,children:[`and `,e.length-3,` more`]})]})}export{O as default};