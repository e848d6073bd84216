import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t,P as n,n as r}from"./preload-helper-CjTIgT7h.js";import{Ft as i,K as a,W as o,X as s,a as c,d as l,i as u,l as d,n as f,tt as p,u as m}from"./Waiting-DWUelXxr.js";import{m as h,n as g}from"./Page-DxQbyLJi.js";import{t as _}from"./Autocomplete-BPxebCIs.js";import{t as v}from"./Textarea-D3uR81Yw.js";import{t as y}from"./SimpleGrid-Bmwb9MFw.js";import{n as b,r as x,t as S}from"./AttemptDrawer-D7Td6TEl.js";import{c as C,g as w,r as T}from"./index-Yl76zWoQ.js";import{t as E}from"./pages-BPVDorci.js";import{n as D,t as O}from"./catalog-CS3hsBPi.js";import{n as k,t as A}from"./When-Ck59YAbn.js";import{t as j}from"./Rows-Benm7ybW.js";import{t as M}from"./Status-6I6k_37K.js";var N=e(t(),1);function P(e,t){let n=i(e),r=(0,N.useRef)(null),a=(0,N.useRef)(null),o=(0,N.useRef)(!0),s=(0,N.useRef)(t),c=(0,N.useRef)(-1),l=()=>{window.clearTimeout(c.current),c.current=-1,o.current=!0,r.current=null,a.current=null},u=(0,N.useCallback)((...e)=>{r.current=e,a.current=e,o.current=!1;try{n(...e)}catch(e){throw o.current=!0,e}},[n]),d=(0,N.useCallback)(()=>{r.current&&r.current!==a.current?(u(...r.current),c.current=window.setTimeout(d,s.current)):o.current=!0},[u]),f=(0,N.useCallback)((...e)=>{o.current?(u(...e),c.current=window.setTimeout(d,s.current)):r.current=e},[u,d]);return(0,N.useEffect)(()=>{s.current=t},[t]),[f,l]}function F(e,t){let[n,r]=P(e,t);return(0,N.useEffect)(()=>r,[]),n}var I=r(`outline`,`chevron-down`,`ChevronDown`,[[`path`,{d:`M6 9l6 6l6 -6`,key:`svg-0`}]]),L=n();u(`
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
`);var R=u(`
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
`),z=u(`
  subscription RecentAttemptsLive($filter: DeliveryAttemptFilter) {
    deliveryAttempts(filter: $filter) {
      ...RecentAttempt
    }
  }
`);function B({filter:e,channels:t,empty:n,onNew:r}){let i={filter:{...e,includeTests:!0}},{rows:a,error:o,loading:s,more:c,again:l}=E(R,i,e=>e.deliveryAttempts,10),u=H(i,r),d=a&&[...u.filter(({id:e})=>!a.some(t=>t.id===e)),...a],{open:p}=b(),m=[{header:`Outcome`,cell:e=>(0,L.jsx)(M,{value:e.status}),width:120},{header:`Event`,cell:({event:e,trigger:t})=>`${e.type}${t===`TEST`?` (test)`:``}`},...t?[{header:`Channel`,from:`sm`,cell:({channel:e})=>(0,L.jsx)(T,{kind:e.kind,name:e.name})}]:[],{header:`Answer`,from:`md`,cell:e=>(0,L.jsx)(U,{attempt:e})},{header:`Attempt`,from:`md`,align:`right`,width:90,cell:e=>e.number},{header:`Took`,from:`sm`,align:`right`,width:90,cell:e=>(0,L.jsx)(A,{duration:e.latency})},{header:`When`,align:`right`,width:110,cell:e=>(0,L.jsx)(k,{at:e.startedAt})}];return(0,L.jsxs)(L.Fragment,{children:[(0,L.jsx)(f,{error:o,onRetry:l}),(0,L.jsx)(j,{label:`Newest attempts`,columns:m,rows:d,id:e=>e.id,onOpen:e=>p(e.id),more:c,loading:s,empty:(0,L.jsx)(g,{title:`No attempts yet`,children:n})}),(0,L.jsx)(S,{})]})}var V=100;function H(e,t){let n=d(),[r,i]=(0,N.useState)([]),a=F(()=>t?.(),2e3);return(0,N.useEffect)(()=>{let t=[],r,o=()=>{let e=t;[t,r]=[[],void 0],i(t=>[...e,...t].slice(0,V)),a()},{unsubscribe:s}=n.subscription(z,e).subscribe(({data:e})=>{e&&(t=[e.deliveryAttempts,...t].slice(0,V),r??=setTimeout(o,150))});return()=>{s(),clearTimeout(r),i([])}},[n,JSON.stringify(e)]),r}function U({attempt:{responseCode:e,error:t,nextAttemptAt:n}}){return(0,L.jsxs)(p,{gap:6,wrap:`nowrap`,children:[e!==null&&(0,L.jsx)(s,{span:!0,size:`sm`,ff:`monospace`,children:e}),t&&(0,L.jsx)(s,{span:!0,size:`sm`,lineClamp:1,maw:320,title:t.message,children:t.message}),t&&n&&Date.parse(n)>Date.now()&&(0,L.jsxs)(s,{span:!0,size:`xs`,c:`dimmed`,style:{whiteSpace:`nowrap`},children:[`again `,(0,L.jsx)(k,{at:n})]})]})}var W=u(`
  query SendTestExample($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      example
    }
  }
`),G=u(`
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
`);function K({name:e,opened:t,onClose:n,...r}){return(0,L.jsx)(w,{opened:t,onClose:n,title:`Send a test to ${e}`,size:1100,closeButtonProps:{"aria-label":`Close`},styles:{title:{fontWeight:600,overflowWrap:`anywhere`}},children:(0,L.jsx)(q,{...r})})}function q({to:e,takes:t}){let{types:n}=D(),[r,i]=(0,N.useState)(``),[u,d]=(0,N.useState)(null),[g,b]=(0,N.useState)(),[{data:S,error:w,fetching:E},O]=m(G),k=n?.some(({name:e})=>e===r)??!1,[{data:A}]=l({query:W,variables:{name:r},pause:!k});(0,N.useEffect)(()=>{n&&!r&&i(n.find(({name:e})=>t?.(e)??!0)?.name??``)},[n]);let j=k&&A?.eventType?.name===r?A.eventType:null,M=u??(j?.example?JSON.stringify(j.example,null,2):``),{fields:P,rest:F}=c(w,[`eventType`,`data`]);return(0,L.jsxs)(o,{children:[(0,L.jsx)(`form`,{onSubmit:t=>{t.preventDefault();let n;try{n=M.trim()?JSON.parse(M):void 0}catch(e){return b(`Is not JSON: ${e instanceof Error?e.message:``}`)}b(void 0),O({input:{...e,eventType:r.trim(),data:n}})},noValidate:!0,children:(0,L.jsxs)(o,{gap:`sm`,children:[(0,L.jsx)(_,{label:`Event type`,required:!0,description:j?.description,maw:420,limit:200,maxDropdownHeight:280,data:J(n??[],t),value:r,onChange:e=>{i(e),d(null)},error:P.eventType}),(0,L.jsx)(v,{label:`Data`,description:j?.example?`The example of the catalog, to change as you like.`:`JSON. The catalog has no example of this type.`,autosize:!0,minRows:4,maxRows:14,spellCheck:!1,styles:{input:{fontFamily:`var(--mantine-font-family-monospace)`,fontSize:13}},value:M,onChange:e=>d(e.currentTarget.value),error:g??P.data}),(0,L.jsxs)(p,{children:[(0,L.jsx)(a,{type:`submit`,loading:E,disabled:!r.trim(),leftSection:(0,L.jsx)(C,{size:16}),children:`Send the test`}),(0,L.jsx)(s,{size:`sm`,c:`dimmed`,flex:1,miw:200,children:`It is sent once, now, even while paused. It is not retried and counts nowhere.`})]}),(0,L.jsx)(f,{error:F})]})}),S&&!E&&(0,L.jsx)(y,{cols:{base:1,md:Math.min(2,S.sendTestEvent.length)},spacing:`xl`,"aria-live":`polite`,children:S.sendTestEvent.map(({id:e,channel:t})=>(0,L.jsxs)(`section`,{"aria-label":`Answer of ${t.name}`,children:[S.sendTestEvent.length>1&&(0,L.jsx)(h,{order:3,size:`h5`,mb:`xs`,children:(0,L.jsx)(T,{kind:t.kind,name:t.name})}),(0,L.jsx)(x,{id:e,of:S.sendTestEvent.length>1?t.name:void 0})]},e))})]})}function J(e,t){return O(e.filter(({name:e})=>t?.(e)??!0)).map(({group:e,types:t})=>({group:e||`Without a group`,items:t.map(({name:e})=>e)}))}export{B as n,I as r,K as t};