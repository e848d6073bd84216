import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t,P as n,n as r}from"./preload-helper-CjTIgT7h.js";import{Ft as i,K as a,W as o,X as s,a as c,d as l,i as u,l as d,n as f,tt as p,u as m}from"./Waiting-C48HlERG.js";import{m as h,n as g}from"./Page-BA6X_q_v.js";import{t as _}from"./Autocomplete-HXKCHWR4.js";import{t as v}from"./Textarea-D7gCVG3W.js";import{t as y}from"./SimpleGrid-BEVll4vU.js";import{n as b,r as x,t as S}from"./AttemptDrawer-BeY3TDfO.js";import{b as C,d as w,i as T}from"./index-DSVR1wmo.js";import{t as E}from"./pages-B7Z7WG-j.js";import{t as D}from"./Rows-C1Hqw9-S.js";import{n as O,t as k}from"./When-Cv7uh3-4.js";import{n as A,r as j,t as M}from"./catalog-BZakXIxh.js";import{n as N,t as P}from"./notify-DXSPg7NF.js";import{t as F}from"./Status-6I6k_37K.js";var I=e(t(),1);function L(e,t){let n=i(e),r=(0,I.useRef)(null),a=(0,I.useRef)(null),o=(0,I.useRef)(!0),s=(0,I.useRef)(t),c=(0,I.useRef)(-1),l=()=>{window.clearTimeout(c.current),c.current=-1,o.current=!0,r.current=null,a.current=null},u=(0,I.useCallback)((...e)=>{r.current=e,a.current=e,o.current=!1;try{n(...e)}catch(e){throw o.current=!0,e}},[n]),d=(0,I.useCallback)(()=>{r.current&&r.current!==a.current?(u(...r.current),c.current=window.setTimeout(d,s.current)):o.current=!0},[u]),f=(0,I.useCallback)((...e)=>{o.current?(u(...e),c.current=window.setTimeout(d,s.current)):r.current=e},[u,d]);return(0,I.useEffect)(()=>{s.current=t},[t]),[f,l]}function R(e,t){let[n,r]=L(e,t);return(0,I.useEffect)(()=>r,[]),n}var z=r(`outline`,`chevron-down`,`ChevronDown`,[[`path`,{d:`M6 9l6 6l6 -6`,key:`svg-0`}]]),B=n();u(`
  fragment RecentAttempt on DeliveryAttempt {
    id
    status
    trigger
    number
    responseCode
    startedAt
    latency
    nextAttemptAt
    error {
      code
      message
    }
    event {
      id
      type
    }
    channel {
      id
      name
      kind
    }
  }
`);var V=u(`
  query RecentAttempts($first: Int!, $after: String, $filter: DeliveryAttemptFilter) {
    deliveryAttempts(first: $first, after: $after, filter: $filter) {
      nodes {
        ...RecentAttempt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),H=u(`
  subscription RecentAttemptsLive($filter: DeliveryAttemptFilter) {
    deliveryAttempts(filter: $filter) {
      ...RecentAttempt
    }
  }
`);function U({filter:e,channels:t,empty:n,onNew:r}){let i={filter:{...e,includeTests:!0}},{rows:a,error:o,loading:s,more:c,again:l}=E(V,i,e=>e.deliveryAttempts,10),u=G(i,r),d=a&&[...u.filter(({id:e})=>!a.some(t=>t.id===e)),...a],{open:p}=b(),m=[{header:`Outcome`,cell:e=>(0,B.jsx)(F,{value:e.status}),width:120},{header:`Event`,cell:({event:e,trigger:t})=>`${e.type}${t===`TEST`?` (test)`:``}`},...t?[{header:`Channel`,from:`sm`,cell:({channel:e})=>(0,B.jsx)(T,{kind:e.kind,name:e.name})}]:[],{header:`Answer`,from:`md`,cell:e=>(0,B.jsx)(K,{attempt:e})},{header:`Attempt`,from:`md`,align:`right`,width:90,cell:e=>e.number},{header:`Took`,from:`sm`,align:`right`,width:90,cell:e=>(0,B.jsx)(k,{duration:e.latency})},{header:`When`,align:`right`,width:110,cell:e=>(0,B.jsx)(O,{at:e.startedAt})}];return(0,B.jsxs)(B.Fragment,{children:[(0,B.jsx)(f,{error:o,onRetry:l}),(0,B.jsx)(D,{label:`Newest attempts`,columns:m,rows:d,id:e=>e.id,onOpen:e=>p(e.id),more:c,loading:s,empty:(0,B.jsx)(g,{title:`No attempts yet`,children:n})}),(0,B.jsx)(S,{})]})}var W=100;function G(e,t){let n=d(),[r,i]=(0,I.useState)([]),a=R(()=>t?.(),2e3);return(0,I.useEffect)(()=>{let t=[],r,o=()=>{let e=t;[t,r]=[[],void 0],i(t=>[...e,...t].slice(0,W)),a()},{unsubscribe:s}=n.subscription(H,e).subscribe(({data:e})=>{e&&(t=[e.deliveryAttempts,...t].slice(0,W),r??=setTimeout(o,150))});return()=>{s(),clearTimeout(r),i([])}},[n,JSON.stringify(e)]),r}function K({attempt:{responseCode:e,error:t,nextAttemptAt:n}}){return(0,B.jsxs)(p,{gap:6,wrap:`nowrap`,children:[e!==null&&(0,B.jsx)(s,{span:!0,size:`sm`,ff:`monospace`,children:e}),t&&(0,B.jsx)(s,{span:!0,size:`sm`,lineClamp:1,maw:320,title:t.message,children:t.message}),t&&n&&Date.parse(n)>Date.now()&&(0,B.jsxs)(s,{span:!0,size:`xs`,c:`dimmed`,style:{whiteSpace:`nowrap`},children:[`again `,(0,B.jsx)(O,{at:n})]})]})}var q=u(`
  query SendTestExample($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      example
    }
  }
`),J=u(`
  mutation SendTest($input: SendTestEventInput!) {
    sendTestEvent(input: $input) {
      id
      status
      channel {
        id
        name
        kind
      }
    }
  }
`);function Y({name:e,opened:t,onClose:n,...r}){return(0,B.jsx)(C,{opened:t,onClose:n,title:`Send a test to ${e}`,size:1100,closeButtonProps:{"aria-label":`Close`},styles:{title:{fontWeight:600,overflowWrap:`anywhere`}},children:(0,B.jsx)(X,{...r})})}function X({to:e,takes:t}){let{types:n}=A(),r=j(),i=(0,I.useMemo)(()=>n&&[...n,...r],[n,r]),[u,d]=(0,I.useState)(``),[g,b]=(0,I.useState)(null),[S,C]=(0,I.useState)(),[{data:E,error:D,fetching:O},k]=m(J),M=i?.some(({name:e})=>e===u)??!1,[{data:N}]=l({query:q,variables:{name:u},pause:!M});(0,I.useEffect)(()=>{let e=t?i:n;e&&!u&&d(e.find(({name:e})=>t?.(e)??!0)?.name??``)},[i]);let P=M&&N?.eventType?.name===u?N.eventType:null,F=g??(P?.example?JSON.stringify(P.example,null,2):``),{fields:L,rest:R}=c(D,[`eventType`,`data`]);return(0,B.jsxs)(o,{children:[(0,B.jsx)(`form`,{onSubmit:t=>{t.preventDefault();let n;try{n=F.trim()?JSON.parse(F):void 0}catch(e){return C(`Is not JSON: ${e instanceof Error?e.message:``}`)}C(void 0),k({input:{...e,eventType:u.trim(),data:n}})},noValidate:!0,children:(0,B.jsxs)(o,{gap:`sm`,children:[(0,B.jsx)(_,{label:`Event type`,required:!0,description:P?.description,maw:420,limit:200,maxDropdownHeight:280,data:Z(i??[],t),value:u,onChange:e=>{d(e),b(null)},error:L.eventType}),(0,B.jsx)(v,{label:`Data`,description:P?.example?`The example of the catalog, to change as you like.`:`JSON. The catalog has no example of this type.`,autosize:!0,minRows:4,maxRows:14,spellCheck:!1,styles:{input:{fontFamily:`var(--mantine-font-family-monospace)`,fontSize:13}},value:F,onChange:e=>b(e.currentTarget.value),error:S??L.data}),(0,B.jsxs)(p,{children:[(0,B.jsx)(a,{type:`submit`,loading:O,disabled:!u.trim(),leftSection:(0,B.jsx)(w,{size:16}),children:`Send the test`}),(0,B.jsx)(s,{size:`sm`,c:`dimmed`,flex:1,miw:200,children:`It is sent once, now, even while paused. It is not retried and counts nowhere.`})]}),(0,B.jsx)(f,{error:R})]})}),E&&!O&&(0,B.jsx)(y,{cols:{base:1,md:Math.min(2,E.sendTestEvent.length)},spacing:`xl`,"aria-live":`polite`,children:E.sendTestEvent.map(({id:e,channel:t})=>(0,B.jsxs)(`section`,{"aria-label":`Answer of ${t.name}`,children:[E.sendTestEvent.length>1&&(0,B.jsx)(h,{order:3,size:`h5`,mb:`xs`,children:(0,B.jsx)(T,{kind:t.kind,name:t.name})}),(0,B.jsx)(x,{id:e,of:E.sendTestEvent.length>1?t.name:void 0})]},e))})]})}function Z(e,t){return M(e.filter(({name:e})=>t?.(e)??!0)).map(({group:e,types:t})=>({group:e||`Without a group`,items:t.map(({name:e})=>e)}))}function Q(e){let[{fetching:t},n]=m(e);return[async(e,t,r)=>{let{error:i}=await n({id:e});if(i)return N(i);P(t),r()},t]}export{z as i,Y as n,U as r,Q as t};