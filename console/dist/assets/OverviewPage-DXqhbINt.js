const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["assets/Chart-BMNz55TH.js","assets/rolldown-runtime-XKyaHtl9.js","assets/Box-f834XCMR.js","assets/preload-helper-CjTIgT7h.js","assets/with-selector-BIW11XY-.js","assets/Chart-CtfDkIIn.css"])))=>i.map(i=>d[i]);
import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{t}from"./SegmentedControl-B6OdY76I.js";import{K as n,W as r,X as i,Y as a,d as o,i as s,n as c,ot as l,t as u,tt as d,u as f}from"./Waiting-C48HlERG.js";import{t as ee}from"./filters-DnB--E_r.js";import{g as p,i as m,m as h,s as g,t as te}from"./Page-BA6X_q_v.js";import{a as _,i as v,u as y}from"./index-DSVR1wmo.js";import{t as b}from"./Box-f834XCMR.js";import{t as x}from"./IconCircleCheck-DISzWgiX.js";import{L as S,P as C,t as w}from"./preload-helper-CjTIgT7h.js";import{n as T,t as E}from"./notify-DXSPg7NF.js";import{t as D}from"./Status-6I6k_37K.js";import{a as O,i as k}from"./time-ChBF21--.js";import{t as A}from"./Rows-C1Hqw9-S.js";import{n as j}from"./When-Cv7uh3-4.js";import{t as M}from"./Table-BTCc3VS7.js";import{t as ne}from"./IconCheck-BBU6py-A.js";import{t as N}from"./Payload-Cupm0tih.js";var P=e(S(),1),F=s(`
  query OverviewStats($from: Time!, $to: Time!, $interval: Duration!, $whole: Duration!, $filter: DeliveryAttemptFilter!) {
    bars: deliveryStats(from: $from, to: $to, interval: $interval, filter: $filter) {
      start
      succeeded
      failed
    }
    whole: deliveryStats(from: $from, to: $to, interval: $whole, filter: $filter) {
      succeeded
      failed
      latencyP50
      latencyP95
    }
  }
`);s(`
  fragment OverviewChannel on Channel {
    id
    name
    kind
    status
    statusReason
    heldUntil
    tenant {
      id
      name
    }
    health(window: $window) {
      attempts
      succeeded
      failed
      latencyP95
      backlog
      oldestPending
    }
  }
`);var re=s(`
  query OverviewChannels($window: Duration!, $filter: ChannelFilter!, $disabled: ChannelFilter!) {
    channels(first: 200, filter: $filter) {
      nodes {
        ...OverviewChannel
      }
      pageInfo {
        hasNextPage
      }
    }
    disabled: channels(first: 50, filter: $disabled) {
      nodes {
        ...OverviewChannel
      }
    }
  }
`),ie=s(`
  query OverviewFailures($window: Duration!, $filter: DeliveryAttemptFilter!) {
    deliveryAttempts(first: 40, filter: $filter) {
      nodes {
        id
        number
        startedAt
        responseCode
        error {
          code
          message
        }
        event {
          id
          type
          tenant {
            id
            name
          }
        }
        channel {
          ...OverviewChannel
        }
        delivery {
          id
          status
        }
      }
    }
  }
`),ae=s(`
  query OverviewSteps($admin: Boolean!, $channels: ChannelFilter!, $webhooks: WebhookFilter!, $events: EventFilter!) {
    tenants(first: 1) @include(if: $admin) {
      nodes {
        id
      }
    }
    channels(first: 1, filter: $channels) {
      nodes {
        id
      }
    }
    webhooks(first: 1, filter: $webhooks) {
      nodes {
        id
      }
    }
    events(first: 1, filter: $events) {
      nodes {
        id
      }
    }
  }
`),oe=s(`
  mutation OverviewResume($id: ID!) {
    resumeChannel(id: $id) {
      id
      status
      statusReason
      heldUntil
    }
  }
`),I={tiles:`_tiles_60ymw_1`,tile:`_tile_60ymw_1`,value:`_value_60ymw_23`,note:`_note_60ymw_31`,history:`_history_60ymw_38`,legend:`_legend_60ymw_44`,chart:`_chart_60ymw_70`,table:`_table_60ymw_74`,list:`_list_60ymw_79`,concern:`_concern_60ymw_89`,channel:`_channel_60ymw_98`,step:`_step_60ymw_103`,mark:`_mark_60ymw_109`,done:`_done_60ymw_121`,cut:`_cut_60ymw_127`},L=C(),R=3;function se({concerns:e,some:t,tenants:r}){let[a,o]=(0,P.useState)(!1);return(0,L.jsxs)(l,{withBorder:!0,p:`md`,component:`section`,"aria-label":`Needs attention`,pb:`xs`,children:[(0,L.jsxs)(h,{order:2,size:`h4`,children:[`Needs attention`,e&&e.length>0&&` (${e.length})`]}),t&&(0,L.jsx)(i,{size:`xs`,c:`dimmed`,mt:2,children:`Of more than 200 channels, the first 200, the disabled ones and those that failed last were looked at.`}),e?.length===0&&(0,L.jsxs)(d,{gap:8,mt:`sm`,wrap:`nowrap`,children:[(0,L.jsx)(x,{size:20,color:`var(--mantine-color-teal-6)`,"aria-hidden":!0,style:{flex:`none`}}),(0,L.jsx)(i,{size:`sm`,children:`All is well: no channel is disabled, failing, slow or behind.`})]}),(0,L.jsx)(`ul`,{className:I.list,children:e?.slice(0,a?void 0:R).map(e=>(0,L.jsx)(`li`,{children:(0,L.jsx)(ce,{concern:e,tenants:r})},e.channel.id))}),e&&e.length>R&&(0,L.jsx)(n,{variant:`subtle`,size:`compact-sm`,onClick:()=>o(!a),children:a?`Show fewer`:`Show all ${e.length}`})]})}function ce({concern:{channel:e,reasons:t,resumable:r,failing:o},tenants:s}){let{can:c}=m(),[{fetching:l},u]=f(oe);return(0,L.jsxs)(`div`,{className:I.concern,children:[(0,L.jsxs)(b,{miw:0,flex:`1 1 240px`,children:[(0,L.jsxs)(d,{gap:`4px 10px`,children:[(0,L.jsxs)(d,{gap:8,wrap:`nowrap`,children:[(0,L.jsx)(_,{kind:e.kind}),(0,L.jsx)(i,{inherit:!0,component:`div`,lineClamp:2,title:e.name,style:{overflowWrap:`anywhere`},children:(0,L.jsx)(g,{to:`/channels/${e.id}`,className:I.channel,children:e.name})})]}),(0,L.jsx)(i,{span:!0,size:`sm`,children:(0,L.jsx)(D,{value:e.status})}),s&&(0,L.jsx)(i,{span:!0,size:`sm`,c:`dimmed`,children:e.tenant.name})]}),t.map(e=>(0,L.jsx)(i,{size:`sm`,mt:2,style:{overflowWrap:`anywhere`},children:e},e))]}),(0,L.jsxs)(d,{gap:`xs`,wrap:`nowrap`,style:{flex:`none`},children:[(o||e.status===`DISABLED`)&&(0,L.jsx)(a,{component:g,to:`/live?status=FAILED&channel=${e.id}`,size:`sm`,"aria-label":`Failures of ${e.name}`,children:`Failures`}),r&&c(`MANAGE`)&&(0,L.jsx)(n,{variant:`default`,size:`compact-md`,onClick:async()=>{let{error:t}=await u({id:e.id});if(t)return T(t);let{backlog:n}=e.health;E(`${e.name} is active again. ${n===0?`Nothing had waited.`:n===1?`1 delivery that waited is sent now.`:`${n} deliveries that waited are sent now.`}`)},loading:l,"aria-label":`Resume ${e.name}`,children:`Resume`})]})]})}var z=[{name:`1h`,label:`Last hour`,interval:`1m`,minutes:1,count:60},{name:`24h`,label:`24 hours`,interval:`30m`,minutes:30,count:48},{name:`7d`,label:`7 days`,interval:`3h`,minutes:180,count:56},{name:`30d`,label:`30 days`,interval:`12h`,minutes:720,count:60}];function B(e){return z.find(t=>t.name===e)??z[1]}function V(e,t){let n=e.minutes*6e4,r=Math.floor(t/n+1)*n;return{from:new Date(r-n*e.count).toISOString(),to:new Date(r).toISOString(),interval:e.interval,whole:`${e.minutes*e.count}m`}}function H(e){return`${e.minutes*e.count/60}h`}function U(e,t){if(t===0)return`–`;let n=100*e/t;return e!==t&&n>99.9?`> 99.9 %`:e!==0&&n<.1?`< 0.1 %`:`${n.toFixed(n===100||n===0||n<90&&n>=10?0:1)} %`}var W=5,G=.95,le=5e3,ue=3e5,de=3e4,K=new Intl.NumberFormat;function fe(e,t){return[...new Map(e.map(e=>[e.id,e])).values()].map(e=>({...pe(e,t),channel:e})).filter(e=>e.reasons.length>0).sort((e,t)=>t.weight-e.weight||t.channel.health.failed-e.channel.health.failed||e.channel.name.localeCompare(t.channel.name))}function pe(e,t){let{health:n}=e,r=[],i=0,a=(e,t)=>{r.push(e),i=Math.max(i,t)},o=e.status===`DISABLED`;o&&a(`Disabled by the server: ${me(e.statusReason??`it failed too often`)}`,1e3);let s=n.attempts>0?n.succeeded/n.attempts:1,c=n.attempts>=W&&s<G;c&&a(`${U(n.failed,n.attempts)} of ${K.format(n.attempts)} attempts failed.`,500+100*(1-s)),e.heldUntil&&Date.parse(e.heldUntil)-t>=de&&a(`The receiver asked for a pause of another ${O(Date.parse(e.heldUntil)-t)}.`,300);let l=n.oldestPending?t-Date.parse(n.oldestPending):0,u=e.status!==`ACTIVE`;if(n.backlog>0&&(u||l>=ue)){let t=n.backlog===1?`1 delivery waits`:`${K.format(n.backlog)} deliveries wait`;a(`${e.status===`PAUSED`?`Paused by a person; `:``}${t}, ${n.backlog===1?``:`the oldest `}for ${O(Math.max(l,0))}.`,200)}let d=k(n.latencyP95??``);return d>=le&&a(`Slow: one answer in twenty takes ${O(d)} or more.`,100),{reasons:r,weight:i,failing:c,resumable:o||e.status===`PAUSED`}}function me(e){return/[.!?]$/.test(e)?e:`${e}.`}function he(e){let t=e.map(e=>e.health.oldestPending).filter(e=>e!==null);return{waiting:e.reduce((e,t)=>e+t.health.backlog,0),oldest:t.sort()[0]??null}}var ge=8;function _e({data:e,tenants:t}){let n=[{header:`Event type`,cell:e=>(0,L.jsx)(q,{text:e.event.type,most:220})},{header:`Channel`,cell:e=>(0,L.jsx)(b,{maw:`min(200px, 27vw)`,title:e.channel.name,className:I.cut,children:(0,L.jsx)(v,{kind:e.channel.kind,name:e.channel.name})})},...t?[{header:`Tenant`,cell:e=>(0,L.jsx)(q,{text:e.event.tenant.name,most:160}),from:`md`}]:[],{header:`Error`,cell:e=>(0,L.jsx)(i,{inherit:!0,lineClamp:2,title:e.error?.message,style:{overflowWrap:`anywhere`},children:e.error?.message}),from:`sm`},{header:`Failed`,cell:e=>(0,L.jsx)(j,{at:e.startedAt}),from:`xs`},{header:`Delivery`,cell:e=>(0,L.jsx)(D,{value:e.delivery.status})}];return(0,L.jsxs)(l,{withBorder:!0,p:`md`,component:`section`,"aria-label":`Recent failures`,pb:4,children:[(0,L.jsxs)(d,{justify:`space-between`,mb:4,children:[(0,L.jsx)(h,{order:2,size:`h4`,children:`Recent failures`}),(0,L.jsx)(a,{component:g,to:`/live?status=FAILED`,size:`sm`,children:`Failures live`})]}),(0,L.jsx)(A,{label:`Recent failures`,columns:n,rows:e&&ve(e.deliveryAttempts.nodes),id:e=>e.id,to:e=>`/deliveries/${e.delivery.id}`,empty:(0,L.jsx)(i,{size:`sm`,py:`sm`,children:`No attempt has failed.`})})]})}function q({text:e,most:t}){return(0,L.jsx)(i,{inherit:!0,truncate:!0,maw:`min(${t}px, 30vw)`,title:e,component:`div`,children:e})}function ve(e){let t=new Map;for(let n of e)t.has(n.delivery.id)||t.set(n.delivery.id,n);return[...t.values()].slice(0,ge)}function ye(e){let[t,n]=(0,P.useState)(Date.now);return(0,P.useEffect)(()=>{let t=Date.now(),r=()=>{document.visibilityState===`visible`&&(t=Date.now(),n(t))},i=setInterval(r,e),a=()=>{Date.now()-t>=e&&r()};return document.addEventListener(`visibilitychange`,a),()=>{clearInterval(i),document.removeEventListener(`visibilitychange`,a)}},[e]),t}function J(e,t,n){let[{data:r,error:i},a]=o({query:e,variables:t}),s=(0,P.useRef)(r);r&&(s.current=r);let c=()=>a({requestPolicy:`network-only`}),l=(0,P.useRef)(c);l.current=c;let u=(0,P.useRef)(n);return(0,P.useEffect)(()=>{n!==u.current&&l.current()},[n]),{data:r??s.current,error:i,again:c}}var be=(0,P.lazy)(()=>w(()=>import(`./Chart-BMNz55TH.js`),__vite__mapDeps([0,1,2,3,4,5]))),Y=new Intl.NumberFormat;function xe({of:e,stats:t}){let[r,i]=(0,P.useState)(!1),a=(0,P.useMemo)(()=>Te(e,t),[e,t]),o=t?.whole[0],s=o?`${Y.format(o.succeeded)} attempts succeeded and ${Y.format(o.failed)} failed. The table has them by time.`:``;return(0,L.jsxs)(l,{withBorder:!0,p:`md`,component:`section`,"aria-label":`Attempts over time`,className:I.history,children:[(0,L.jsxs)(d,{justify:`space-between`,mb:`xs`,children:[(0,L.jsx)(h,{order:2,size:`h4`,children:`Attempts over time`}),(0,L.jsx)(n,{variant:`subtle`,size:`compact-sm`,"aria-pressed":r,onClick:()=>i(!r),children:r?`Show as a chart`:`Show as a table`})]}),(0,L.jsxs)(d,{gap:`md`,mb:6,"aria-hidden":!0,className:I.legend,children:[(0,L.jsx)(`span`,{"data-of":`succeeded`,children:`Succeeded`}),(0,L.jsx)(`span`,{"data-of":`failed`,children:`Failed`}),(0,L.jsx)(`span`,{"data-of":`share`,children:`Success rate, right scale`})]}),(0,L.jsxs)(`div`,{className:I.chart,children:[a&&r&&(0,L.jsx)(Se,{bars:a}),a&&!r&&(0,L.jsx)(P.Suspense,{children:(0,L.jsx)(be,{bars:a,label:s})})]})]})}function Se({bars:e}){return(0,L.jsx)(`div`,{className:I.table,tabIndex:0,role:`region`,"aria-label":`Attempts by time`,children:(0,L.jsxs)(M,{stickyHeader:!0,children:[(0,L.jsx)(M.Thead,{children:(0,L.jsxs)(M.Tr,{children:[(0,L.jsx)(M.Th,{children:`From`}),(0,L.jsx)(M.Th,{ta:`right`,children:`Succeeded`}),(0,L.jsx)(M.Th,{ta:`right`,children:`Failed`}),(0,L.jsx)(M.Th,{ta:`right`,children:`Success rate`})]})}),(0,L.jsx)(M.Tbody,{children:e.toReversed().map(e=>(0,L.jsxs)(M.Tr,{children:[(0,L.jsx)(M.Td,{children:e.at}),(0,L.jsx)(M.Td,{ta:`right`,children:Y.format(e.succeeded)}),(0,L.jsx)(M.Td,{ta:`right`,children:Y.format(e.failed)}),(0,L.jsx)(M.Td,{ta:`right`,children:U(e.succeeded,e.succeeded+e.failed)})]},e.at))})]})})}var Ce=new Intl.DateTimeFormat(void 0,{hour:`2-digit`,minute:`2-digit`,hour12:!1}),we=new Intl.DateTimeFormat(void 0,{month:`short`,day:`numeric`,hour:`2-digit`,minute:`2-digit`,hour12:!1});function Te(e,t){let n=e.minutes*e.count>1440?we:Ce;return t?.bars.map(({start:e,succeeded:t,failed:r})=>({at:n.format(new Date(e)),succeeded:t,failed:r,share:t+r>0?Math.round(1e3*t/(t+r))/10:null}))}function Ee(e){return[e.channels,e.webhooks,e.events].every(e=>e.nodes.length>0)}function X({data:e,manage:t,portal:n}){let{tenant:r}=y(),o=e=>!!(e&&e.nodes.length>0),s=(e,n)=>t?(0,L.jsx)(a,{component:g,to:e,children:n}):n,c=+!!e.tenants;return(0,L.jsxs)(l,{withBorder:!0,p:`lg`,component:`section`,"aria-label":`First steps`,children:[(0,L.jsx)(h,{order:2,size:`h4`,children:`From an event to a delivery`}),(0,L.jsxs)(i,{size:`sm`,c:`dimmed`,mt:2,maw:640,children:[n?`Events of the platform go`:`Your application publishes events. Each goes`,` through every webhook that takes its type, and from there to the webhook's channels: an HTTP endpoint, Slack, email or SMS.`]}),(0,L.jsxs)(`ol`,{className:I.list,children:[e.tenants&&(0,L.jsx)(Z,{number:1,done:o(e.tenants),title:s(`/settings/tenants`,`Create a tenant`),children:`A tenant is one customer of yours. Channels, webhooks and events belong to it.`}),(0,L.jsx)(Z,{number:c+1,done:o(e.channels),title:s(`/channels/new`,`Create a channel`),children:`Where messages go, and how: the address, the secret, the retries.`}),(0,L.jsx)(Z,{number:c+2,done:o(e.webhooks),title:s(`/webhooks/new`,`Create a webhook`),children:`Which events go to which channels, and what the messages look like.`}),n?(0,L.jsx)(Z,{number:c+3,done:o(e.events),title:`Wait for the first event`,children:`A test event, sent from the page of a webhook or a channel, shows what will arrive.`}):(0,L.jsxs)(Z,{number:c+3,done:o(e.events),title:`Publish an event`,children:[`From your application by GraphQL, or from a terminal. Then watch it `,(0,L.jsx)(a,{component:g,to:`/live`,inherit:!0,children:`live`}),`.`,!o(e.events)&&(0,L.jsxs)(b,{mt:`xs`,children:[(0,L.jsx)(N,{text:De(r?.id),label:`A command that publishes an event`}),(0,L.jsxs)(i,{size:`xs`,c:`dimmed`,mt:4,children:[`Put a key in the place of `,(0,L.jsx)(p,{children:`YOUR_KEY`}),!r&&(0,L.jsxs)(L.Fragment,{children:[`, and the id of a tenant in the place of `,(0,L.jsx)(p,{children:`YOUR_TENANT`})]}),`.`]})]})]})]})]})}function De(e){let t=`mutation { publishEvent(input: {tenantId: "${e??`YOUR_TENANT`}", type: "order.created", data: {number: 1}}) { id } }`;return`curl ${location.origin}/graphql \\
  -H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json' \\
  -d '${JSON.stringify({query:t})}'`}function Z({number:e,done:t,title:n,children:r}){return(0,L.jsxs)(`li`,{className:t?`${I.step} ${I.done}`:I.step,children:[(0,L.jsx)(`span`,{className:I.mark,role:`img`,"aria-label":t?`Done`:`To do`,children:t?(0,L.jsx)(ne,{size:16,"aria-hidden":!0}):e}),(0,L.jsxs)(b,{miw:0,flex:1,children:[(0,L.jsx)(i,{fw:600,component:`div`,children:n}),(0,L.jsx)(i,{size:`sm`,c:`dimmed`,component:`div`,children:r})]})]})}var Q=new Intl.NumberFormat;function Oe({of:e,stats:t,waiting:n,some:r}){let i=t?.whole[0],a=i?i.succeeded+i.failed:0,o=`in the last ${e.label.replace(`Last `,``)}`;return(0,L.jsxs)(`dl`,{className:I.tiles,children:[(0,L.jsx)($,{name:`Attempts`,value:i&&Q.format(a),note:o}),(0,L.jsx)($,{name:`Success rate`,value:i&&U(i.succeeded,a),note:i&&(i.failed===0?`none failed`:`${Q.format(i.failed)} failed`)}),(0,L.jsx)($,{name:`Median latency`,value:i&&(i.latencyP50?O(k(i.latencyP50)):`–`),note:i?.latencyP95&&`95 % within ${O(k(i.latencyP95))}`}),(0,L.jsx)($,{name:`Waiting now`,value:n&&Q.format(n.waiting),note:n?.oldest?(0,L.jsxs)(L.Fragment,{children:[`deliveries`,r&&` of the first 200 channels`,`; oldest `,(0,L.jsx)(j,{at:n.oldest})]}):n&&`deliveries${r?` of the first 200 channels`:``}`})]})}function $({name:e,value:t,note:n}){return(0,L.jsxs)(l,{withBorder:!0,px:`md`,py:`sm`,className:I.tile,children:[(0,L.jsx)(`dt`,{children:e}),(0,L.jsxs)(`dd`,{children:[(0,L.jsx)(`div`,{className:I.value,children:t??`\xA0`}),(0,L.jsx)(`div`,{className:I.note,children:n})]})]})}function ke(){let{admin:e,can:n,portal:i}=m(),{tenantId:a}=y(),[{window:o},s]=ee(`window`),l=B(o),d=ye(1e4),f={tenantId:a},p=J(ae,{admin:e,channels:f,webhooks:f,events:{...f,includeTests:!0}},d),h=J(F,{...V(l,d),filter:f},d),g=J(re,{window:H(l),filter:f,disabled:{...f,status:`DISABLED`}},d),_=J(ie,{window:H(l),filter:{...f,status:`FAILED`}},d),v=g.data&&[...g.data.disabled.nodes,...g.data.channels.nodes],b=v&&[...new Map(v.map(e=>[e.id,e])).values()],x=_.data?.deliveryAttempts.nodes.map(e=>e.channel)??[],S=g.data?.channels.pageInfo.hasNextPage??!1,C=e&&!a,w=p.error??h.error??g.error??_.error,T=()=>[p,h,g,_].forEach(e=>e.again()),E=h.data?.whole.reduce((e,t)=>e+t.succeeded+t.failed,0)??0,D=!p.data||Ee(p.data),O=[p,h,g,_].every(e=>e.data??e.error),k=!D&&h.data!==void 0&&E===0&&b?.length===0;return(0,L.jsx)(te,{title:`Overview`,description:`How deliveries do, and which channels need somebody.`,actions:O&&!k&&(0,L.jsx)(t,{"aria-label":`Time`,value:l.name,onChange:e=>s({window:e===`24h`?null:e}),data:z.map(e=>({value:e.name,label:e.label}))}),children:(0,L.jsxs)(r,{gap:`md`,children:[(0,L.jsx)(c,{error:w,onRetry:T}),!O&&(0,L.jsx)(u,{}),O&&p.data&&!D&&(0,L.jsx)(X,{data:p.data,manage:n(`MANAGE`),portal:i}),O&&!k&&(0,L.jsxs)(L.Fragment,{children:[(0,L.jsx)(Oe,{of:l,stats:h.data,waiting:b&&he(b),some:S}),(0,L.jsx)(se,{concerns:b&&fe([...x,...b],d),some:S,tenants:C}),(0,L.jsx)(xe,{of:l,stats:h.data}),(0,L.jsx)(_e,{data:_.data,tenants:C})]})]})})}export{ke as default};