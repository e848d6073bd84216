import{t as e}from"./Box-f834XCMR.js";import{K as t,W as n,X as r,i,n as a,tt as o}from"./Waiting-C48HlERG.js";import{t as s}from"./Select-Bvlcvv42.js";import{a as c,m as l,o as u,s as d,u as f}from"./index-DSVR1wmo.js";import{i as p,n as m,s as h,t as g}from"./Page-BA6X_q_v.js";import{t as _}from"./filters-DnB--E_r.js";import{t as v}from"./FindField-BBzcvt7T.js";import{t as y}from"./LastAttempt-DxIeW-5X.js";import{t as b}from"./pages-B7Z7WG-j.js";import{t as x}from"./Rows-C1Hqw9-S.js";import{n as S,t as C}from"./Status-6I6k_37K.js";import{n as w}from"./When-Cv7uh3-4.js";import{n as T,t as E}from"./target-GV7vpkXC.js";import{P as D}from"./preload-helper-CjTIgT7h.js";var O=D(),k=i(`
  query ChannelsList($first: Int!, $after: String, $filter: ChannelFilter) {
    channels(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        name
        kind
        tenant {
          id
          name
        }
        config {
          __typename
          ... on HttpConfig {
            url
          }
          ... on SlackConfig {
            channel
          }
          ... on EmailConfig {
            to
          }
          ... on SmsConfig {
            to
          }
        }
        status
        statusReason
        heldUntil
        lastAttempt {
          id
          status
          startedAt
        }
        health {
          attempts
          successRate
          backlog
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),A=[`ACTIVE`,`PAUSED`,`DISABLED`];function j(){let{can:e,admin:r}=p(),{tenantId:i}=f(),[c,y]=_(`search`,`kind`,`status`),C=d.find(e=>e===c.kind)??null,w=A.find(e=>e===c.status)??null,{rows:T,error:E,loading:D,more:j,again:N}=b(k,{filter:{tenantId:i,search:c.search,kind:C,status:w}},e=>e.channels),P=e(`MANAGE`)&&(0,O.jsx)(t,{component:h,to:`/channels/new${C?`?kind=${C}`:``}`,leftSection:(0,O.jsx)(l,{size:16}),children:`New channel`}),F=!!(c.search||C||w);return(0,O.jsx)(g,{title:`Channels`,description:`Where messages go, and how: endpoints, Slack, email and text messages.`,actions:P,children:(0,O.jsxs)(n,{gap:`sm`,children:[(0,O.jsxs)(o,{gap:`xs`,children:[(0,O.jsx)(v,{label:`Find by name`,value:c.search??``,onChange:e=>y({search:e})}),(0,O.jsx)(s,{"aria-label":`Kind`,placeholder:`Any kind`,clearable:!0,w:140,data:d.map(e=>({value:e,label:u(e)})),value:C,onChange:e=>y({kind:e})}),(0,O.jsx)(s,{"aria-label":`Status`,placeholder:`Any status`,clearable:!0,w:150,data:A.map(e=>({value:e,label:S(e)})),value:w,onChange:e=>y({status:e})})]}),(0,O.jsx)(a,{error:E,onRetry:N}),(0,O.jsx)(x,{label:`Channels`,columns:M(r&&!i),rows:T,id:({id:e})=>e,to:({id:e})=>`/channels/${e}`,more:j,loading:D,empty:F?(0,O.jsx)(m,{title:`No channel is like that`,action:(0,O.jsx)(t,{variant:`default`,onClick:()=>y({search:null,kind:null,status:null}),children:`Show all`})}):(0,O.jsx)(m,{title:`No channels yet`,action:P,children:`A channel is one place that messages go to: an endpoint of yours, a Slack channel, email addresses or telephones. Make one, send a test to it, then make a webhook that says which events it gets.`})})]})})}function M(e){return[{header:`Name`,width:`26%`,cell:({kind:e,name:t})=>(0,O.jsxs)(o,{gap:8,wrap:`nowrap`,component:`span`,children:[(0,O.jsx)(c,{kind:e}),(0,O.jsx)(r,{span:!0,fw:500,size:`sm`,lineClamp:2,style:{overflowWrap:`anywhere`},dir:`auto`,children:t})]})},...e?[{header:`Tenant`,from:`lg`,width:`12%`,cell:({tenant:e})=>(0,O.jsx)(r,{span:!0,size:`sm`,lineClamp:1,dir:`auto`,children:e.name})}]:[],{header:`Target`,from:`md`,width:`22%`,cell:({config:e})=>(0,O.jsx)(r,{span:!0,size:`sm`,lineClamp:1,style:{overflowWrap:`anywhere`},children:T(e)})},{header:`Status`,cell:e=>(0,O.jsx)(N,{channel:e})},{header:`Last attempt`,from:`xs`,cell:({lastAttempt:e})=>(0,O.jsx)(y,{attempt:e})},{header:`Success, 24 h`,from:`sm`,align:`right`,width:132,cell:({health:e})=>e.successRate===null?(0,O.jsx)(r,{span:!0,size:`sm`,c:`dimmed`,children:`–`}):(0,O.jsx)(`span`,{title:`${e.attempts.toLocaleString(`en`)} attempts`,children:E(e.successRate)})},{header:`Waiting`,from:`sm`,align:`right`,width:90,cell:({health:e})=>e.backlog.toLocaleString(`en`)}]}function N({channel:{status:t,statusReason:n,heldUntil:i,lastAttempt:a}}){return(0,O.jsxs)(O.Fragment,{children:[(0,O.jsx)(C,{value:t}),n&&(0,O.jsx)(r,{size:`xs`,c:`dimmed`,lineClamp:2,title:n,children:n}),t===`ACTIVE`&&i&&(0,O.jsxs)(r,{size:`xs`,c:`dimmed`,children:[`The receiver asked for a pause; goes on `,(0,O.jsx)(w,{at:i})]}),a&&(0,O.jsxs)(e,{hiddenFrom:`xs`,fz:`xs`,children:[`Last: `,(0,O.jsx)(y,{attempt:a})]})]})}export{j as default};