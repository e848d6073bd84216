import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{K as t,Rt as n,W as r,X as i,Y as a,Z as o,d as s,i as c,n as l,ot as u,r as d,t as f,tt as p,xt as m}from"./Waiting-C48HlERG.js";import{t as h}from"./Grid-D5-EA1Rq.js";import{S as g,f as _,i as v,m as y,n as b,s as x,t as S,u as C}from"./Page-BA6X_q_v.js";import{d as w,g as T,i as ee,m as te,p as ne}from"./index-DSVR1wmo.js";import{a as re,i as ie,o as ae,s as E,t as oe}from"./AttemptDrawer-BeY3TDfO.js";import{n as se}from"./Copy-CGFwfpM0.js";import{t as ce}from"./Facts-Dh5ThFYO.js";import{d as D,n as O,r as le,t as ue,u as de}from"./useActs-Ckjl3rtm.js";import{t as fe}from"./pages-B7Z7WG-j.js";import{t as pe}from"./renewal-BUjsonB0.js";import{t as me}from"./Status-6I6k_37K.js";import{a as k,i as A,n as j,r as M}from"./time-ChBF21--.js";import{n as N}from"./When-Cv7uh3-4.js";import{n as P,r as F,t as I}from"./SmsPreview-BuWNricL.js";import{t as L}from"./letter-Oww6dlW7.js";import{t as R}from"./Payload-Cupm0tih.js";import{L as z,P as he,n as B}from"./preload-helper-CjTIgT7h.js";import{L as V,O as ge,c as _e,f as ve,j as H,r as U,t as W,u as G,w as K}from"./Box-f834XCMR.js";import{t as ye}from"./IconCheck-BBU6py-A.js";import{t as be}from"./IconX-BvRM54Ad.js";var[xe,Se]=n(`Timeline component was not found in tree`),q={root:`m_43657ece`,itemTitle:`m_2ebe8099`,item:`m_436178ff`,itemBullet:`m_8affcee1`,itemBody:`m_540e8f41`,itemOpposite:`m_f3ba506`},J=he(),Y=U(e=>{let{classNames:t,className:n,style:r,styles:i,vars:a,__active:o,__align:s,__lineActive:c,__vars:l,bullet:u,opposite:d,alternate:f,radius:p,color:m,lineVariant:h,children:g,title:_,mod:v,...y}=G(`TimelineItem`,null,e),b=Se(),x=ve(),S={classNames:t,styles:i},C=s===`left`&&!!f||s===`right`&&!f,w=d!=null&&(0,J.jsx)(`div`,{...b.getStyles(`itemOpposite`,S),children:d}),T=(0,J.jsxs)(`div`,{...b.getStyles(`itemBody`,S),children:[_&&(0,J.jsx)(`div`,{...b.getStyles(`itemTitle`,S),children:_}),(0,J.jsx)(`div`,{...b.getStyles(`itemContent`,S),children:g})]});return(0,J.jsxs)(W,{...b.getStyles(`item`,{...S,className:n,style:r}),mod:[{"line-active":c,active:o,alternate:f},v],__vars:{"--tli-radius":p===void 0?void 0:H(p),"--tli-color":m?K(m,x):void 0,"--tli-border-style":h||void 0},...y,children:[C?T:w,(0,J.jsx)(W,{...b.getStyles(`itemBullet`,S),mod:{"with-child":!!u,align:s,active:o},children:u}),C?w:T]})});Y.classes=q,Y.displayName=`@mantine/core/TimelineItem`;var X=e(z(),1),Ce={active:-1,align:`left`},Z=ge((e,{bulletSize:t,lineWidth:n,radius:r,color:i,autoContrast:a})=>({root:{"--tl-bullet-size":V(t),"--tl-line-width":V(n),"--tl-radius":r===void 0?void 0:H(r),"--tl-color":i?K(i,e):void 0,"--tl-icon-color":g(a,e)?m({color:i,theme:e,autoContrast:a}):void 0}})),Q=U(e=>{let t=G(`Timeline`,Ce,e),{classNames:n,className:r,style:i,styles:a,unstyled:o,vars:s,children:c,active:l,color:u,radius:d,bulletSize:f,align:p,lineWidth:m,reverseActive:h,mod:g,autoContrast:_,attributes:v,...y}=t,b=_e({name:`Timeline`,classes:q,props:t,className:r,style:i,classNames:n,styles:a,unstyled:o,attributes:v,vars:s,varsResolver:Z}),x=X.Children.toArray(c),S=x.some(e=>e.props?.opposite!=null),C=x.map((e,t)=>(0,X.cloneElement)(e,{unstyled:o,__align:p,__active:e.props?.active||(h?l>=x.length-t-1:l>=t),__lineActive:e.props?.lineActive||(h?l>=x.length-t-1:l-1>=t)}));return(0,J.jsx)(xe,{value:{getStyles:b},children:(0,J.jsx)(W,{...b(`root`),mod:[{align:p,opposite:S},g],...y,children:C})})});Q.classes=q,Q.varsResolver=Z,Q.displayName=`@mantine/core/Timeline`,Q.Item=Y;var we=B(`outline`,`clock`,`Clock`,[[`path`,{d:`M3 12a9 9 0 1 0 18 0a9 9 0 0 0 -18 0`,key:`svg-0`}],[`path`,{d:`M12 7v5l3 3`,key:`svg-1`}]]),Te=B(`outline`,`hourglass`,`Hourglass`,[[`path`,{d:`M6.5 7h11`,key:`svg-0`}],[`path`,{d:`M6.5 17h11`,key:`svg-1`}],[`path`,{d:`M6 20v-2a6 6 0 1 1 12 0v2a1 1 0 0 1 -1 1h-10a1 1 0 0 1 -1 -1`,key:`svg-2`}],[`path`,{d:`M6 4v2a6 6 0 1 0 12 0v-2a1 1 0 0 0 -1 -1h-10a1 1 0 0 0 -1 1`,key:`svg-3`}]]),Ee=c(`
  query DeliveryPage($id: ID!) {
    delivery(id: $id) {
      ...DeliveryRow
      channel {
        id
        status
        statusReason
        heldUntil
      }
      webhook {
        id
        status
      }
    }
  }
`),De=c(`
  query DeliveryPageAttempts($first: Int, $after: String, $id: ID!) {
    deliveryAttempts(first: $first, after: $after, filter: { deliveryId: $id, includeTests: true }) {
      nodes {
        id
        number
        trigger
        status
        startedAt
        latency
        responseCode
        error {
          code
          message
          retryable
        }
        channel {
          id
          kind
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),Oe=c(`
  query DeliveryPageSent($id: ID!) {
    deliveryAttempt(id: $id) {
      id
      requestBody
      target
      requestHeaders {
        name
        value
      }
      channel {
        id
        kind
      }
    }
  }
`),ke=c(`
  subscription DeliveryPageUpdates($eventId: ID!) {
    deliveryUpdated(filter: { eventId: $eventId }) {
      id
    }
  }
`),Ae=c(`
  subscription DeliveryPageNewAttempts($id: ID!) {
    deliveryAttempts(filter: { deliveryId: $id, includeTests: true }) {
      id
    }
  }
`);function je({attemptId:e,number:t}){let[{data:n,error:o}]=s({query:Oe,variables:{id:e}}),c=n?.deliveryAttempt;if(o&&!c)return(0,J.jsx)(l,{error:o});if(!c?.requestBody)return null;let{requestBody:u,requestHeaders:d,channel:f,target:m}=c;return(0,J.jsxs)(r,{gap:`xs`,component:`section`,"aria-label":`What was sent`,mt:`lg`,children:[(0,J.jsxs)(p,{gap:`xs`,align:`baseline`,children:[(0,J.jsx)(y,{order:2,size:`h4`,children:`What was sent`}),(0,J.jsxs)(i,{size:`sm`,c:`dimmed`,children:[(0,J.jsxs)(a,{component:x,to:`?attempt=${e}`,inherit:!0,children:[`attempt `,t]}),` `,`· `,m]})]}),f.kind===`HTTP`&&(0,J.jsx)(R,{text:u,label:`Request body`}),f.kind===`SLACK`&&(0,J.jsx)(P,{text:u}),f.kind===`EMAIL`&&(0,J.jsx)(F,{...L(u,d)}),f.kind===`SMS`&&(0,J.jsx)(I,{text:u})]})}function Me(e,t,n){let r=[];switch(e.status){case`PENDING`:case`RETRYING`:r.push(e.nextAttemptAt?{kind:`next`,at:e.nextAttemptAt}:{kind:`waits`});break;case`DELIVERING`:r.push({kind:`now`});break;case`SENT`:r.push({kind:`report`})}return t.forEach((i,a)=>{let o=t[a+1],s=o?Date.parse(o.startedAt)+A(o.latency):n?Date.parse(e.createdAt):NaN,c=Date.parse(i.startedAt)-s;r.push({kind:`attempt`,attempt:i,waited:Number.isNaN(c)?null:Math.max(0,c)})}),n&&r.push({kind:`created`,at:e.createdAt}),r}function Ne(e){let t=Math.max(0,Math.ceil(e/1e3)),[n,r,i,a]=[Math.floor(t/86400),Math.floor(t/3600)%24,Math.floor(t/60)%60,t%60];return n>0?r?`${n} d ${r} h`:`${n} d`:r>0?i?`${r} h ${i} min`:`${r} h`:i>0?a?`${i} min ${a} s`:`${i} min`:`${a} s`}function Pe({steps:e,waitsFor:n,more:r,loading:i}){return(0,J.jsxs)(J.Fragment,{children:[(0,J.jsx)(Q,{bulletSize:26,lineWidth:2,"aria-label":`What happened, newest first`,role:`list`,children:e.map((t,r)=>(0,J.jsx)(Q.Item,{role:`listitem`,...$(t),lineVariant:t.kind===`attempt`||r===e.length-1?`solid`:`dashed`,children:(0,J.jsx)(Fe,{step:t,waitsFor:n})},t.kind===`attempt`?t.attempt.id:t.kind))}),r&&(0,J.jsx)(t,{variant:`default`,size:`xs`,onClick:r,loading:i,mt:`sm`,children:`Show earlier attempts`})]})}function $(e){switch(e.kind){case`attempt`:return{bullet:e.attempt.status===`SUCCEEDED`?(0,J.jsx)(ye,{size:15,stroke:2.5,"aria-hidden":!0}):(0,J.jsx)(be,{size:15,stroke:2.5,"aria-hidden":!0})};case`next`:case`waits`:return{bullet:(0,J.jsx)(we,{size:15,"aria-hidden":!0})};case`now`:return{bullet:(0,J.jsx)(w,{size:14,"aria-hidden":!0})};case`report`:return{bullet:(0,J.jsx)(Te,{size:14,"aria-hidden":!0})};case`created`:return{bullet:(0,J.jsx)(te,{size:15,"aria-hidden":!0})}}}function Fe({step:e,waitsFor:t}){switch(e.kind){case`attempt`:return(0,J.jsx)(Ie,{attempt:e.attempt,waited:e.waited});case`next`:return(0,J.jsxs)(J.Fragment,{children:[(0,J.jsxs)(i,{size:`sm`,fw:600,children:[`Next attempt `,(0,J.jsx)(Le,{at:e.at})]}),(0,J.jsx)(i,{size:`xs`,c:`dimmed`,children:j(e.at)}),t]});case`waits`:return(0,J.jsxs)(J.Fragment,{children:[(0,J.jsx)(i,{size:`sm`,fw:600,children:`It waits`}),t??(0,J.jsx)(i,{size:`xs`,c:`dimmed`,children:`For its turn in the channel.`})]});case`now`:return(0,J.jsx)(i,{size:`sm`,fw:600,children:`An attempt is under way`});case`report`:return(0,J.jsx)(i,{size:`sm`,fw:600,children:`Taken by the provider, whose delivery report is awaited`});case`created`:return(0,J.jsxs)(J.Fragment,{children:[(0,J.jsx)(i,{size:`sm`,fw:600,children:`Created`}),(0,J.jsxs)(i,{size:`xs`,c:`dimmed`,children:[M(e.at),` · `,(0,J.jsx)(N,{at:e.at})]})]})}}function Ie({attempt:e,waited:t}){let{search:n}=C(),r=new URLSearchParams(n);r.set(`attempt`,e.id);let o=e.status===`SUCCEEDED`;return(0,J.jsxs)(J.Fragment,{children:[(0,J.jsxs)(p,{gap:6,children:[(0,J.jsxs)(a,{component:x,to:`?${r}`,size:`sm`,fw:600,children:[`Attempt `,e.number,` `,o?`succeeded`:`failed`]}),e.trigger!==`AUTOMATIC`&&(0,J.jsx)(i,{size:`xs`,c:`dimmed`,children:ae[e.trigger].toLowerCase()})]}),(0,J.jsxs)(i,{size:`xs`,c:`dimmed`,children:[e.responseCode!==null&&`${ie(e.responseCode,e.channel.kind)} · `,`took `,k(A(e.latency)),` · `,M(e.startedAt),` · `,(0,J.jsx)(N,{at:e.startedAt})]}),e.error&&(0,J.jsxs)(i,{size:`sm`,mt:2,className:D.told,children:[re[e.error.code].title,`: `,e.error.message]}),t!==null&&t>=50&&(0,J.jsxs)(i,{size:`xs`,c:`dimmed`,className:D.waited,children:[`after a wait of `,k(t)]})]})}function Le({at:e}){let[t,n]=(0,X.useState)(Date.now);(0,X.useEffect)(()=>{let e=setInterval(()=>n(Date.now()),1e3);return()=>clearInterval(e)},[]);let r=Date.parse(e)-t;return(0,J.jsx)(`span`,{className:D.countdown,children:r>0?`in ${Ne(r)}`:`now, or as soon as there is room`})}function Re(){let{id:e=``}=_(),[{data:t,error:n,fetching:r},i]=s({query:Ee,variables:{id:e}}),a=()=>i({requestPolicy:`network-only`}),o=t?.delivery;return o?(0,J.jsx)(ze,{delivery:o,again:a,busyAsking:r},o.id):r?(0,J.jsx)(f,{}):(0,J.jsx)(S,{title:`Delivery`,above:[{label:`Deliveries`,to:`/deliveries`}],children:n?(0,J.jsx)(l,{error:n,onRetry:a}):(0,J.jsx)(b,{title:`There is no such delivery`,children:`Deliveries are kept for a while after they are over, and then deleted.`})})}function ze({delivery:e,again:n,busyAsking:r}){let a=fe(De,{id:e.id},e=>e.deliveryAttempts),s=pe(()=>{n(),a.again()},r||a.loading);O(ke,{eventId:e.event.id},t=>t.deliveryUpdated.id===e.id&&s()),O(Ae,{id:e.id},s),le(s);let{retry:c,retryLabel:f,cancel:p,busy:m}=ue(s)(e),g=a.rows?.[0];return(0,J.jsxs)(S,{title:e.event.type,above:[{label:`Deliveries`,to:`/deliveries`}],beside:(0,J.jsx)(`div`,{role:`status`,children:(0,J.jsx)(me,{value:e.status})}),description:(0,J.jsxs)(J.Fragment,{children:[`to `,e.channel.name,e.event.test&&`, a test event`]}),actions:(0,J.jsxs)(J.Fragment,{children:[p&&(0,J.jsx)(t,{variant:`default`,leftSection:(0,J.jsx)(T,{size:16,"aria-hidden":!0}),onClick:p,disabled:m,children:`Cancel`}),c&&(0,J.jsx)(t,{variant:e.status===`SUCCEEDED`?`default`:`filled`,leftSection:(0,J.jsx)(ne,{size:16,"aria-hidden":!0}),onClick:c,loading:m,children:f})]}),children:[e.statusReason&&(0,J.jsx)(o,{color:e.status===`FAILED`?`red`:`gray`,icon:(0,J.jsx)(d,{"aria-hidden":!0}),mb:`md`,children:(0,J.jsxs)(i,{size:`sm`,style:{overflowWrap:`anywhere`,whiteSpace:`pre-wrap`},children:[e.status===`FAILED`?`It failed and is not tried again: `:``,e.statusReason]})}),(0,J.jsxs)(h,{gap:`lg`,children:[(0,J.jsxs)(h.Col,{span:{base:12,md:7},children:[(0,J.jsx)(y,{order:2,size:`h4`,mb:`sm`,children:`What happened`}),(0,J.jsx)(l,{error:a.error,onRetry:a.again}),a.rows&&(0,J.jsx)(Pe,{steps:Me(e,a.rows,!a.more),waitsFor:Ve(e),more:a.more,loading:a.loading})]}),(0,J.jsx)(h.Col,{span:{base:12,md:5},children:(0,J.jsx)(u,{withBorder:!0,p:`md`,children:(0,J.jsx)(Be,{delivery:e})})})]}),g&&(0,J.jsx)(je,{attemptId:g.id,number:g.number}),(0,J.jsx)(oe,{})]})}function Be({delivery:e}){let{admin:t}=v(),n=[[`Event`,(0,J.jsx)(a,{component:x,to:`/events/${e.event.id}`,inherit:!0,children:e.event.type},`event`)],[`Entity`,e.event.entityId],[`Channel`,(0,J.jsx)(a,{component:x,to:`/channels/${e.channel.id}`,inherit:!0,children:(0,J.jsx)(ee,{kind:e.channel.kind,name:e.channel.name})},`channel`)],[`Webhook`,e.webhook?(0,J.jsx)(a,{component:x,to:`/webhooks/${e.webhook.id}`,inherit:!0,children:e.webhook.name}):e.event.test?null:`deleted`],[`Tenant`,t?e.event.tenant.name:null],[`Attempts`,e.attemptCount],[`Created`,(0,J.jsx)(N,{at:e.createdAt},`created`)],[e.status===`SUCCEEDED`?`Delivered`:`Ended`,e.completedAt&&(0,J.jsx)(N,{at:e.completedAt})],[`Delivery id`,(0,J.jsx)(se,{id:e.id},`id`)]];return(0,J.jsx)(ce,{facts:n})}function Ve({status:e,channel:t,webhook:n}){if(de(e))return null;let r=(0,J.jsx)(a,{component:x,to:`/channels/${t.id}`,inherit:!0,children:`channel`}),o=e=>(0,J.jsxs)(i,{size:`sm`,mt:4,children:[(0,J.jsx)(E,{size:13,"aria-hidden":!0,style:{verticalAlign:-1,marginRight:4}}),e]});return t.status===`DISABLED`?o((0,J.jsxs)(J.Fragment,{children:[`The `,r,` is disabled`,t.statusReason?`: ${t.statusReason}`:``,`. This waits until somebody resumes it.`]})):t.status===`PAUSED`?o((0,J.jsxs)(J.Fragment,{children:[`The `,r,` is paused. This waits until somebody resumes it.`]})):n?.status===`PAUSED`?o((0,J.jsxs)(J.Fragment,{children:[`The`,` `,(0,J.jsx)(a,{component:x,to:`/webhooks/${n.id}`,inherit:!0,children:`webhook`}),` `,`is paused. This waits until somebody resumes it.`]})):t.heldUntil?o((0,J.jsxs)(J.Fragment,{children:[`The receiver asked the `,r,` for a pause until `,j(t.heldUntil),`.`]})):null}export{Re as default};