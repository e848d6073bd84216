import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{K as t,S as n,X as r,Y as i,d as a,f as o,i as s,n as c,o as l,t as u,tt as d}from"./Waiting-C48HlERG.js";import{_ as f,i as p,n as m,p as h,s as g,t as _}from"./Page-BA6X_q_v.js";import{n as v,s as y,t as b}from"./AttemptDrawer-BeY3TDfO.js";import{I as x,i as S,o as C,s as w,u as T}from"./index-DSVR1wmo.js";import{t as E}from"./SegmentedControl-B6OdY76I.js";import{t as D}from"./Select-Bvlcvv42.js";import{t as O}from"./TagsInput-sURU928S.js";import{t as k}from"./filters-DnB--E_r.js";import{L as A,P as ee}from"./preload-helper-CjTIgT7h.js";import{t as te}from"./Status-6I6k_37K.js";import{t as ne}from"./When-Cv7uh3-4.js";import{i as j,n as M}from"./time-ChBF21--.js";import{t as N}from"./IconPlayerPlay-o3CkLTat.js";var P=2e3,F=class{limit;incoming=[];known=new Set;unseen=0;shown={rows:[],paused:!1,waiting:0,dropped:0};constructor(e=P){this.limit=e}reset(e){this.incoming=[],this.unseen=0,this.known=new Set(e.map(e=>e.id)),this.shown={rows:e.slice(0,this.limit),paused:this.shown.paused,waiting:0,dropped:0}}take(e){this.known.has(e.id)||(this.known.add(e.id),this.incoming.push(e),this.incoming.length>=2*this.limit&&this.trim())}pause(){this.flush(),this.shown={...this.shown,paused:!0,waiting:0,dropped:0}}resume(){this.shown={...this.shown,paused:!1},this.flush()}flush(){this.trim();let{rows:e,paused:t,waiting:n}=this.shown;if(t)return(n!==this.incoming.length||this.unseen>0)&&this.count(),this.shown;if(this.incoming.length===0&&n===0)return this.shown;let r=[...this.incoming.reverse(),...e];for(let e of r.splice(this.limit))this.known.delete(e.id);return this.unseen=0,this.incoming=[],this.shown={...this.shown,rows:r,waiting:0},this.shown}state(){return this.shown}trim(){let e=this.incoming.length-this.limit;if(!(e<=0)){for(let t of this.incoming.splice(0,e))this.known.delete(t.id);this.unseen+=e}}count(){this.shown={...this.shown,waiting:this.incoming.length,dropped:this.shown.dropped+this.unseen},this.unseen=0}},I=e(A(),1),L=ee(),R=s(`
  query LivePickChannels($filter: ChannelFilter!, $chosen: ID!, $has: Boolean!) {
    channels(first: 20, filter: $filter) {
      nodes {
        id
        name
      }
    }
    channel(id: $chosen) @include(if: $has) {
      id
      name
    }
  }
`),z=s(`
  query LivePickWebhooks($filter: WebhookFilter!, $chosen: ID!, $has: Boolean!) {
    webhooks(first: 20, filter: $filter) {
      nodes {
        id
        name
      }
    }
    webhook(id: $chosen) @include(if: $has) {
      id
      name
    }
  }
`);function B({value:e,onChange:t}){let[n,r,i]=H(e,`chn_00000000000000000000000000`),[{data:o}]=a({query:R,variables:i});return(0,L.jsx)(U,{label:`Channel`,found:o?.channels.nodes,chosen:o?.channel,search:n,onSearch:r,value:e,onChange:t})}function V({value:e,onChange:t}){let[n,r,i]=H(e,`whk_00000000000000000000000000`),[{data:o}]=a({query:z,variables:i});return(0,L.jsx)(U,{label:`Webhook`,found:o?.webhooks.nodes,chosen:o?.webhook,search:n,onSearch:r,value:e,onChange:t})}function H(e,t){let{tenantId:n}=T(),[r,i]=(0,I.useState)(``),[a]=x(r.trim(),200);return[r,i,{filter:{tenantId:n,search:a||void 0},chosen:e??t,has:!!e}]}function U({label:e,found:t=[],chosen:n,search:r,onSearch:i,value:a,onChange:o}){let s=new Map(t.map(e=>[e.id,e.name]));a&&s.set(a,n?.id===a?n.name:s.get(a)??a);let c=a&&s.get(a);return(0,L.jsx)(D,{"aria-label":e,placeholder:`Any ${e.toLowerCase()}`,data:[...s].map(([e,t])=>({value:e,label:t})),value:a??null,onChange:o,searchable:!0,clearable:!0,clearButtonProps:{"aria-label":`Any ${e.toLowerCase()}`},searchValue:r,onSearchChange:e=>i(e),filter:({options:e,search:t})=>t&&t!==c?e.filter(e=>`value`in e&&e.value!==a):e,nothingFoundMessage:`No ${e.toLowerCase()} has this name`,w:156})}var W=s(`
  query LiveEventTypes {
    eventTypes(first: 200) {
      nodes {
        id
        name
      }
    }
  }
`);function G(){let{tenantId:e}=T(),[t,n]=k(`status`,`kind`,`channel`,`webhook`,`type`,`tests`),r=t.type?.split(`,`).filter(Boolean),i={tenantId:e,status:K(t.status,[`SUCCEEDED`,`FAILED`]),channelKind:K(t.kind,w),channelId:t.channel,webhookId:t.webhook,eventTypes:r?.length?r:void 0,includeTests:t.tests!==`no`||void 0},a={status:null,kind:null,channel:null,webhook:null,type:null,tests:null};return{filter:i,types:r??[],any:Object.keys(t).length>0,set:n,clear:()=>n(a)}}function K(e,t){return t.find(t=>t===e)}function re(){let{filter:e,types:n,any:r,set:i,clear:o}=G(),[{data:s}]=a({query:W});return(0,L.jsxs)(d,{gap:`xs`,mb:`sm`,role:`group`,"aria-label":`Filters`,children:[(0,L.jsx)(E,{"aria-label":`Status`,value:e.status??``,onChange:e=>i({status:e}),data:[{value:``,label:`All`},{value:`SUCCEEDED`,label:`Succeeded`},{value:`FAILED`,label:`Failed`}]}),(0,L.jsx)(D,{"aria-label":`Kind`,placeholder:`Any kind`,data:w.map(e=>({value:e,label:C(e)})),value:e.channelKind??null,onChange:e=>i({kind:e}),clearable:!0,clearButtonProps:{"aria-label":`Any kind`},w:112}),(0,L.jsx)(B,{value:e.channelId??void 0,onChange:e=>i({channel:e})}),(0,L.jsx)(V,{value:e.webhookId??void 0,onChange:e=>i({webhook:e})}),(0,L.jsx)(O,{"aria-label":`Event types`,placeholder:n.length?void 0:`Any event type`,data:s?.eventTypes.nodes.map(e=>e.name)??[],value:n,onChange:e=>i({type:e.join(`,`)}),splitChars:[`,`,` `],acceptValueOnBlur:!0,clearable:!0,clearButtonProps:{"aria-label":`Any event type`},maw:360,miw:180}),(0,L.jsx)(f,{label:`Tests too`,checked:!!e.includeTests,onChange:e=>i({tests:e.currentTarget.checked?null:`no`})}),r&&(0,L.jsx)(t,{variant:`subtle`,size:`compact-sm`,onClick:o,children:`Clear filters`})]})}var q={scroller:`_scroller_1wtg7_1`,head:`_head_1wtg7_13`,row:`_row_1wtg7_14`,tenants:`_tenants_1wtg7_22`,body:`_body_1wtg7_37`,cell:`_cell_1wtg7_54`,atChannel:`_atChannel_1wtg7_61`,number:`_number_1wtg7_66`,time:`_time_1wtg7_71`,faint:`_faint_1wtg7_86`,narrow:`_narrow_1wtg7_91`,atTime:`_atTime_1wtg7_107`,atStatus:`_atStatus_1wtg7_108`,atType:`_atType_1wtg7_110`,atCode:`_atCode_1wtg7_111`,atTook:`_atTook_1wtg7_112`,atTenant:`_atTenant_1wtg7_113`,atTry:`_atTry_1wtg7_114`,atError:`_atError_1wtg7_115`},J=new Intl.DateTimeFormat(void 0,{hour:`2-digit`,minute:`2-digit`,second:`2-digit`,fractionalSecondDigits:3,hour12:!1}),Y=(0,I.memo)(function({row:e,place:t,top:n,height:r,tenants:i,search:a,open:o,opened:s}){let{channel:c,event:l,error:u}=e,d=new Date(Date.parse(e.startedAt)+(j(e.latency)||0));return(0,L.jsxs)(`div`,{role:`row`,"aria-rowindex":t+2,"aria-current":s||void 0,className:q.row,style:{transform:`translateY(${n}px)`,height:r},onClick:()=>o(e.id),"data-attempt":e.id,children:[(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.atTime}`,children:(0,L.jsx)(g,{to:`?${a}attempt=${e.id}`,className:q.time,title:M(d.toISOString()),onClick:e=>e.stopPropagation(),children:J.format(d)})}),(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.atStatus}`,children:(0,L.jsx)(te,{value:e.status})}),i&&(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.atTenant}`,title:l.tenant.name,children:l.tenant.name}),(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.atChannel}`,title:c.name,children:(0,L.jsx)(S,{kind:c.kind,name:c.name})}),(0,L.jsxs)(`div`,{role:`cell`,className:`${q.cell} ${q.atType}`,title:l.type,children:[e.trigger===`TEST`&&(0,L.jsx)(`span`,{className:q.faint,children:`Test: `}),l.type]}),(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.number} ${q.atTry}`,children:e.number}),(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.number} ${q.atCode}`,children:e.responseCode??`–`}),(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.number} ${q.atTook}`,children:(0,L.jsx)(ne,{duration:e.latency})}),(0,L.jsx)(`div`,{role:`cell`,className:`${q.cell} ${q.atError} ${q.faint}`,title:u?.message,children:u?.message})]})});function X(e,t,n,r,i=10){let a=Math.floor(e/n)-i,o=Math.ceil((e+t)/n)+i;return[Math.max(0,Math.min(a,r-1)),Math.min(r,Math.max(0,o))]}function ie(e,t){return t===void 0?0:Math.max(0,e.findIndex(e=>e.id===t))}var ae=34;function oe({rows:e,tenants:t}){let n=(0,I.useRef)(null),[r,i]=(0,I.useState)({width:1e3,height:600}),[a,o]=(0,I.useState)(0),{attempt:s,open:c}=v(),[l]=h(),u=r.width<720,d=u?54:34,f=u?0:ae;(0,I.useLayoutEffect)(()=>{let e=n.current,t=new ResizeObserver(()=>i({width:e.clientWidth,height:e.clientHeight}));return t.observe(e),()=>t.disconnect()},[]);let p=(0,I.useRef)(void 0);(0,I.useLayoutEffect)(()=>{let t=n.current,r=ie(e,p.current);p.current=e[0]?.id;let i=t.scrollTop>0||t.querySelector(`:focus-visible`)!==null;r>0&&i&&(t.scrollTop+=r*d)},[e,d]);let m=(0,I.useRef)(c);m.current=c;let g=(0,I.useCallback)(e=>m.current(e),[]),_=new URLSearchParams(l);_.delete(`attempt`);let y=_.size>0?`${_}&`:``,[b,x]=X(a,r.height,d,e.length),S=t&&r.width>900;return(0,L.jsx)(`div`,{ref:n,className:[q.scroller,u&&q.narrow,S&&q.tenants].filter(Boolean).join(` `),onScroll:e=>o(e.currentTarget.scrollTop),role:`region`,"aria-label":`Attempts, newest first`,tabIndex:0,children:(0,L.jsxs)(`div`,{role:`table`,"aria-label":`Attempts`,"aria-rowcount":e.length+1,children:[(0,L.jsx)(`div`,{role:`rowgroup`,className:q.head,style:{height:f||void 0},children:(0,L.jsxs)(`div`,{role:`row`,style:{display:`contents`},children:[(0,L.jsx)(`div`,{role:`columnheader`,children:`Time`}),(0,L.jsx)(`div`,{role:`columnheader`,children:`Status`}),S&&(0,L.jsx)(`div`,{role:`columnheader`,children:`Tenant`}),(0,L.jsx)(`div`,{role:`columnheader`,children:`Channel`}),(0,L.jsx)(`div`,{role:`columnheader`,children:`Event type`}),(0,L.jsx)(`div`,{role:`columnheader`,className:q.number,children:`Try`}),(0,L.jsx)(`div`,{role:`columnheader`,className:q.number,children:`Code`}),(0,L.jsx)(`div`,{role:`columnheader`,className:q.number,children:`Took`}),(0,L.jsx)(`div`,{role:`columnheader`,children:`Error`})]})}),(0,L.jsx)(`div`,{role:`rowgroup`,className:q.body,style:{height:e.length*d},children:e.slice(b,x).map((e,t)=>(0,L.jsx)(Y,{row:e,place:b+t,top:(b+t)*d,height:d,tenants:S,search:y,open:g,opened:e.id===s},e.id))})]})})}var Z={state:`_state_12du1_1`,dot:`_dot_12du1_8`,live:`_live_12du1_16`,paused:`_paused_12du1_20`,away:`_away_12du1_25`,breathe:`_breathe_12du1_1`},se=new Intl.NumberFormat;function Q({live:e}){let{shown:n,connection:i,pause:a,resume:o}=e,[s,c]=n.paused?[`Paused`,Z.paused]:i===`live`?[`Live`,Z.live]:i===`starting`?[`Starting…`,Z.away]:[`Reconnecting…`,Z.away];return(0,L.jsxs)(d,{gap:`sm`,wrap:`nowrap`,children:[(0,L.jsxs)(r,{size:`sm`,component:`div`,className:Z.state,"data-state":s,children:[(0,L.jsx)(`span`,{className:`${Z.dot} ${c}`,"aria-hidden":!0}),(0,L.jsx)(`span`,{role:`status`,children:s}),n.paused&&(0,L.jsx)(`span`,{children:`, ${se.format(n.waiting)} new${i===`reconnecting`?`, reconnecting…`:``}`})]}),(0,L.jsx)(t,{variant:`default`,leftSection:n.paused?(0,L.jsx)(N,{size:16,"aria-hidden":!0}):(0,L.jsx)(y,{size:16,"aria-hidden":!0}),onClick:n.paused?o:a,children:n.paused?`Resume`:`Pause`})]})}s(`
  fragment LiveRow on DeliveryAttempt {
    id
    status
    trigger
    number
    startedAt
    latency
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
      id
      name
      kind
    }
  }
`);var ce=s(`
  query LiveAnchor($filter: DeliveryAttemptFilter!) {
    deliveryAttempts(first: 1, filter: $filter) {
      nodes {
        id
      }
    }
  }
`),le=s(`
  query LiveAttempts($filter: DeliveryAttemptFilter!) {
    deliveryAttempts(first: 50, filter: $filter) {
      nodes {
        ...LiveRow
      }
    }
  }
`),ue=s(`
  subscription LiveFollow($filter: DeliveryAttemptFilter!, $after: ID) {
    deliveryAttempts(filter: $filter, after: $after) {
      ...LiveRow
    }
  }
`);function de(e,t,n){let r=new fe(e,t,n);return r.begin(),()=>r.stop()}var fe=class{api;filter;to;stopped=!1;last;empty=!1;failures=0;timer;unsubscribe=()=>{};unlisten;constructor(e,t,n){this.api=e,this.filter=t,this.to=n,this.unlisten=e.socket.on(`closed`,()=>{!this.stopped&&this.last&&n.connection(`reconnecting`)})}stop(){this.stopped=!0,clearTimeout(this.timer),this.unlisten(),this.unsubscribe()}async begin(){this.last=void 0;let e={tenantId:this.filter.tenantId,includeTests:!0},t=await this.api.client.query(ce,{filter:e},{requestPolicy:`network-only`}).toPromise();if(this.stopped)return;let n=await this.api.client.query(le,{filter:this.filter},{requestPolicy:`network-only`}).toPromise();if(this.stopped)return;let r=t.error??n.error;if(r||!t.data||!n.data)return this.unread(r??new o({}));let{nodes:i}=n.data.deliveryAttempts;if(this.empty)for(let e of i.toReversed())this.to.next(e);else this.to.begin(i);if(this.last=t.data.deliveryAttempts.nodes[0]?.id,this.empty=!this.last,!this.empty)return this.subscribe();this.to.connection(`live`),this.later(()=>void this.begin(),1e3)}unread(e){if(l(e).some(e=>e.code!==`NETWORK`&&e.code!==`INTERNAL`&&e.code!==`RATE_LIMITED`))return this.to.failed(e);this.to.connection(`reconnecting`),this.later(()=>void this.begin(),this.pause())}subscribe(){let e=this,t={query:n(ue),get variables(){return e.to.connection(`live`),{filter:e.filter,after:e.last}}},r=!1,i=e=>{r||this.stopped||(r=!0,this.ended(e))};this.unsubscribe=this.api.socket.subscribe(t,{next:({data:e})=>{r||this.stopped||!e?.deliveryAttempts||(this.failures=0,this.last=e.deliveryAttempts.id,this.to.next(e.deliveryAttempts))},error:i,complete:()=>i(void 0)})}ended(e){this.to.connection(`reconnecting`);let[t]=Array.isArray(e)?e:[],n=t?.extensions?.code;if(n===`RATE_LIMITED`)return this.later(()=>this.subscribe(),(t?.extensions?.retryAfter??1)*1e3);if(e===void 0||n===`INTERNAL`)return this.later(()=>this.subscribe(),this.pause());this.later(()=>void this.begin(),this.pause())}pause(){return Math.min(1e4,500*2**this.failures++)}later(e,t){clearTimeout(this.timer),this.timer=setTimeout(()=>!this.stopped&&e(),t)}},pe=100;function me(e){let{api:t}=p(),[n]=(0,I.useState)(()=>new F),[r,i]=(0,I.useState)(()=>n.state()),[a,o]=(0,I.useState)(!1),[s,c]=(0,I.useState)(`starting`),[l,u]=(0,I.useState)(null),[d,f]=(0,I.useState)(0),m=JSON.stringify(e);return(0,I.useEffect)(()=>{let e,r=0,a=0,s=()=>{e===void 0&&(e=setTimeout(()=>{r=requestAnimationFrame(()=>{e=void 0,a=performance.now(),i(n.flush())})},Math.max(0,pe-(performance.now()-a))))};u(null),o(!1),c(`starting`);let l=de(t,JSON.parse(m),{begin(e){n.reset(e),i(n.state()),o(!0)},next(e){n.take(e),s()},connection:c,failed:u});return()=>{l(),clearTimeout(e),cancelAnimationFrame(r)}},[t,n,m,d]),{shown:r,ready:a,connection:s,error:l,pause(){n.pause(),i(n.state())},resume(){n.resume(),i(n.state())},again:()=>f(e=>e+1)}}var $=new Intl.NumberFormat;function he(){let{admin:e}=p(),{tenantId:t}=T(),{filter:n,any:a,clear:o}=G(),s=me(n),{rows:l,dropped:d}=s.shown;return(0,L.jsxs)(_,{title:`Live`,description:`Every attempt to deliver an event, as it happens.`,actions:(0,L.jsx)(Q,{live:s}),children:[(0,L.jsx)(re,{}),(0,L.jsx)(c,{error:s.error,onRetry:s.again}),!s.ready&&!s.error&&l.length===0&&(0,L.jsx)(u,{}),s.ready&&l.length===0&&(0,L.jsx)(ge,{filtered:a,clear:o}),l.length>0&&(0,L.jsx)(oe,{rows:l,tenants:e&&!t}),(0,L.jsxs)(r,{size:`xs`,c:`dimmed`,mt:6,mih:18,children:[d>0&&`${$.format(d)} more came while it was paused and are not in this list. `,(d>0||l.length>=2e3)&&(0,L.jsxs)(L.Fragment,{children:[`The newest `,$.format(2e3),` are kept here; all of them are in `,(0,L.jsx)(i,{inherit:!0,component:g,to:`/deliveries`,children:`Deliveries`}),`.`]})]}),(0,L.jsx)(b,{})]})}function ge({filtered:e,clear:n}){return e?(0,L.jsx)(m,{title:`No attempt is like this so far`,action:(0,L.jsx)(t,{variant:`default`,onClick:n,children:`Clear filters`}),children:`What the filters take appears here as it happens.`}):(0,L.jsx)(m,{title:`Nothing has been sent so far`,action:(0,L.jsx)(t,{variant:`default`,component:g,to:`/`,children:`First steps`}),children:`As soon as an event matches a webhook, each attempt to deliver it appears here, with its whole request and response. A test event of a webhook or a channel does, too.`})}export{he as default};