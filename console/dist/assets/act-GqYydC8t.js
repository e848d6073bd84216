import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t,P as n,n as r}from"./preload-helper-CjTIgT7h.js";import{Ft as i,K as a,W as o,X as s,a as c,d as l,i as u,l as d,n as f,tt as p,u as m}from"./Waiting-CkTPWqSo.js";import{m as h,n as g}from"./Page-DDAitbXP.js";import{t as _}from"./Autocomplete-C4Bl13tC.js";import{t as v}from"./Textarea-D0CTlU7A.js";import{t as y}from"./SimpleGrid-Ce1ShZ68.js";import{n as b,r as x,t as S}from"./AttemptDrawer-CLU0JFJP.js";import{b as C,d as w,i as T}from"./index-DHEhYvHO.js";import{t as E}from"./pages-DvWJhFDG.js";import{t as D}from"./Rows-DxkEAOAW.js";import{n as O,t as k}from"./When-BCpZiZL_.js";import{n as A,t as j}from"./catalog-DPZFgaZv.js";import{n as M,t as N}from"./notify-DA4xKyCi.js";import{t as P}from"./Status-6I6k_37K.js";var F=e(t(),1);function I(e,t){let n=i(e),r=(0,F.useRef)(null),a=(0,F.useRef)(null),o=(0,F.useRef)(!0),s=(0,F.useRef)(t),c=(0,F.useRef)(-1),l=()=>{window.clearTimeout(c.current),c.current=-1,o.current=!0,r.current=null,a.current=null},u=(0,F.useCallback)((...e)=>{r.current=e,a.current=e,o.current=!1;try{n(...e)}catch(e){throw o.current=!0,e}},[n]),d=(0,F.useCallback)(()=>{r.current&&r.current!==a.current?(u(...r.current),c.current=window.setTimeout(d,s.current)):o.current=!0},[u]),f=(0,F.useCallback)((...e)=>{o.current?(u(...e),c.current=window.setTimeout(d,s.current)):r.current=e},[u,d]);return(0,F.useEffect)(()=>{s.current=t},[t]),[f,l]}function L(e,t){let[n,r]=I(e,t);return(0,F.useEffect)(()=>r,[]),n}var R=r(`outline`,`chevron-down`,`ChevronDown`,[[`path`,{d:`M6 9l6 6l6 -6`,key:`svg-0`}]]),z=n();u(`
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
`);var B=u(`
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
`),V=u(`
  subscription RecentAttemptsLive($filter: DeliveryAttemptFilter) {
    deliveryAttempts(filter: $filter) {
      ...RecentAttempt
    }
  }
`);function H({filter:e,channels:t,empty:n,onNew:r}){let i={filter:{...e,includeTests:!0}},{rows:a,error:o,loading:s,more:c,again:l}=E(B,i,e=>e.deliveryAttempts,10),u=W(i,r),d=a&&[...u.filter(({id:e})=>!a.some(t=>t.id===e)),...a],{open:p}=b(),m=[{header:`Outcome`,cell:e=>(0,z.jsx)(P,{value:e.status}),width:120},{header:`Event`,cell:({event:e,trigger:t})=>`${e.type}${t===`TEST`?` (test)`:``}`},...t?[{header:`Channel`,from:`sm`,cell:({channel:e})=>(0,z.jsx)(T,{kind:e.kind,name:e.name})}]:[],{header:`Answer`,from:`md`,cell:e=>(0,z.jsx)(G,{attempt:e})},{header:`Attempt`,from:`md`,align:`right`,width:90,cell:e=>e.number},{header:`Took`,from:`sm`,align:`right`,width:90,cell:e=>(0,z.jsx)(k,{duration:e.latency})},{header:`When`,align:`right`,width:110,cell:e=>(0,z.jsx)(O,{at:e.startedAt})}];return(0,z.jsxs)(z.Fragment,{children:[(0,z.jsx)(f,{error:o,onRetry:l}),(0,z.jsx)(D,{label:`Newest attempts`,columns:m,rows:d,id:e=>e.id,onOpen:e=>p(e.id),more:c,loading:s,empty:(0,z.jsx)(g,{title:`No attempts yet`,children:n})}),(0,z.jsx)(S,{})]})}var U=100;function W(e,t){let n=d(),[r,i]=(0,F.useState)([]),a=L(()=>t?.(),2e3);return(0,F.useEffect)(()=>{let t=[],r,o=()=>{let e=t;[t,r]=[[],void 0],i(t=>[...e,...t].slice(0,U)),a()},{unsubscribe:s}=n.subscription(V,e).subscribe(({data:e})=>{e&&(t=[e.deliveryAttempts,...t].slice(0,U),r??=setTimeout(o,150))});return()=>{s(),clearTimeout(r),i([])}},[n,JSON.stringify(e)]),r}function G({attempt:{responseCode:e,error:t,nextAttemptAt:n}}){return(0,z.jsxs)(p,{gap:6,wrap:`nowrap`,children:[e!==null&&(0,z.jsx)(s,{span:!0,size:`sm`,ff:`monospace`,children:e}),t&&(0,z.jsx)(s,{span:!0,size:`sm`,lineClamp:1,maw:320,title:t.message,children:t.message}),t&&n&&Date.parse(n)>Date.now()&&(0,z.jsxs)(s,{span:!0,size:`xs`,c:`dimmed`,style:{whiteSpace:`nowrap`},children:[`again `,(0,z.jsx)(O,{at:n})]})]})}var K=u(`
  query SendTestExample($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      example
    }
  }
`),q=u(`
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
`);function J({name:e,opened:t,onClose:n,...r}){return(0,z.jsx)(C,{opened:t,onClose:n,title:`Send a test to ${e}`,size:1100,closeButtonProps:{"aria-label":`Close`},styles:{title:{fontWeight:600,overflowWrap:`anywhere`}},children:(0,z.jsx)(Y,{...r})})}function Y({to:e,takes:t}){let{types:n}=A(),[r,i]=(0,F.useState)(``),[u,d]=(0,F.useState)(null),[g,b]=(0,F.useState)(),[{data:S,error:C,fetching:E},D]=m(q),O=n?.some(({name:e})=>e===r)??!1,[{data:k}]=l({query:K,variables:{name:r},pause:!O});(0,F.useEffect)(()=>{n&&!r&&i(n.find(({name:e})=>t?.(e)??!0)?.name??``)},[n]);let j=O&&k?.eventType?.name===r?k.eventType:null,M=u??(j?.example?JSON.stringify(j.example,null,2):``),{fields:N,rest:P}=c(C,[`eventType`,`data`]);return(0,z.jsxs)(o,{children:[(0,z.jsx)(`form`,{onSubmit:t=>{t.preventDefault();let n;try{n=M.trim()?JSON.parse(M):void 0}catch(e){return b(`Is not JSON: ${e instanceof Error?e.message:``}`)}b(void 0),D({input:{...e,eventType:r.trim(),data:n}})},noValidate:!0,children:(0,z.jsxs)(o,{gap:`sm`,children:[(0,z.jsx)(_,{label:`Event type`,required:!0,description:j?.description,maw:420,limit:200,maxDropdownHeight:280,data:X(n??[],t),value:r,onChange:e=>{i(e),d(null)},error:N.eventType}),(0,z.jsx)(v,{label:`Data`,description:j?.example?`The example of the catalog, to change as you like.`:`JSON. The catalog has no example of this type.`,autosize:!0,minRows:4,maxRows:14,spellCheck:!1,styles:{input:{fontFamily:`var(--mantine-font-family-monospace)`,fontSize:13}},value:M,onChange:e=>d(e.currentTarget.value),error:g??N.data}),(0,z.jsxs)(p,{children:[(0,z.jsx)(a,{type:`submit`,loading:E,disabled:!r.trim(),leftSection:(0,z.jsx)(w,{size:16}),children:`Send the test`}),(0,z.jsx)(s,{size:`sm`,c:`dimmed`,flex:1,miw:200,children:`It is sent once, now, even while paused. It is not retried and counts nowhere.`})]}),(0,z.jsx)(f,{error:P})]})}),S&&!E&&(0,z.jsx)(y,{cols:{base:1,md:Math.min(2,S.sendTestEvent.length)},spacing:`xl`,"aria-live":`polite`,children:S.sendTestEvent.map(({id:e,channel:t})=>(0,z.jsxs)(`section`,{"aria-label":`Answer of ${t.name}`,children:[S.sendTestEvent.length>1&&(0,z.jsx)(h,{order:3,size:`h5`,mb:`xs`,children:(0,z.jsx)(T,{kind:t.kind,name:t.name})}),(0,z.jsx)(x,{id:e,of:S.sendTestEvent.length>1?t.name:void 0})]},e))})]})}function X(e,t){return j(e.filter(({name:e})=>t?.(e)??!0)).map(({group:e,types:t})=>({group:e||`Without a group`,items:t.map(({name:e})=>e)}))}function Z(e){let[{fetching:t},n]=m(e);return[async(e,t,r)=>{let{error:i}=await n({id:e});if(i)return M(i);N(t),r()},t]}export{R as i,J as n,H as r,Z as t};