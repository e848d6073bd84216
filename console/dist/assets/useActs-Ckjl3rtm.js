import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t}from"./preload-helper-CjTIgT7h.js";import{i as n,l as r,u as i}from"./Waiting-C48HlERG.js";import{i as a}from"./Page-BA6X_q_v.js";import{n as o,t as s}from"./notify-DXSPg7NF.js";import{t as c}from"./confirm-CoGMNzlY.js";var l={views:`_views_1x24v_1`,event:`_event_1x24v_5`,channel:`_channel_1x24v_10`,error:`_error_1x24v_14`,told:`_told_1x24v_24`,waited:`_waited_1x24v_31`,countdown:`_countdown_1x24v_37`},u=e(t(),1);function d(e){switch(e){case`PENDING`:case`RETRYING`:return`Send now`;case`FAILED`:case`CANCELED`:return`Retry`;case`SUCCEEDED`:return`Send again`;default:return null}}function f(e){return e===`PENDING`||e===`RETRYING`||e===`DELIVERING`}function p(e){return e===`SUCCEEDED`||e===`FAILED`||e===`CANCELED`}n(`
  fragment DeliveryRow on Delivery {
    id
    status
    statusReason
    attemptCount
    nextAttemptAt
    createdAt
    completedAt
    event {
      id
      type
      entityId
      test
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
    webhook {
      id
      name
    }
  }
`);var m=n(`
  query DeliveriesList($first: Int, $after: String, $filter: DeliveryFilter) {
    deliveries(first: $first, after: $after, filter: $filter) {
      nodes {
        ...DeliveryRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),h=n(`
  mutation DeliveryRetry($id: ID!) {
    retryDelivery(id: $id) {
      ...DeliveryRow
    }
  }
`),g=n(`
  mutation DeliveryCancel($id: ID!) {
    cancelDelivery(id: $id) {
      ...DeliveryRow
    }
  }
`),_=n(`
  mutation DeliveriesRecover($filter: DeliveryFilter!) {
    recoverDeliveries(filter: $filter) {
      id
      total
    }
  }
`),v=n(`
  query DeliveriesCount($after: String, $filter: DeliveryFilter) {
    deliveries(first: 500, after: $after, filter: $filter) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),y=n(`
  query DeliveriesRecovery($id: ID!) {
    recovery(id: $id) {
      id
      total
      done
      createdAt
      completedAt
      canceledAt
    }
  }
`),b=n(`
  subscription DeliveriesRecoveryProgress($id: ID!) {
    recoveryProgress(id: $id) {
      id
      total
      done
      createdAt
      completedAt
      canceledAt
    }
  }
`),x=n(`
  mutation DeliveriesCancelRecovery($id: ID!) {
    cancelRecovery(id: $id) {
      id
      total
      done
      createdAt
      completedAt
      canceledAt
    }
  }
`);function S(e,t,n,i={}){let a=r(),o=(0,u.useRef)({onNews:n,onError:i.onError});o.current={onNews:n,onError:i.onError};let{pause:s}=i,c=JSON.stringify(t);(0,u.useEffect)(()=>{if(s)return;let{unsubscribe:n}=a.subscription(e,t).subscribe(({data:e,error:t})=>{e&&o.current.onNews(e),t&&o.current.onError?.(t)});return n},[a,e,c,s])}function C(e){let{api:t}=a(),n=(0,u.useRef)(e);n.current=e,(0,u.useEffect)(()=>{let e=!1,r=[t.socket.on(`closed`,()=>{e=!0}),t.socket.on(`connected`,()=>{e&&n.current(),e=!1})];return()=>r.forEach(e=>e())},[t])}function w(e){let{can:t}=a(),[,n]=i(h),[,r]=i(g),[c,l]=(0,u.useState)(new Set),p=async(t,n,r)=>{l(e=>new Set(e).add(t));let{delivery:i,error:a}=await n();l(e=>new Set([...e].filter(e=>e!==t))),a&&o(a),i&&(s(r),e(i))},m=({id:e,event:t,channel:r})=>p(e,()=>n({id:e}).then(({data:e,error:t})=>({delivery:e?.retryDelivery,error:t})),`${t.type} is on its way to ${r.name}.`),_=({id:e,event:t,channel:n})=>p(e,()=>r({id:e}).then(({data:e,error:t})=>({delivery:e?.cancelDelivery,error:t})),`${t.type} does not go to ${n.name} any more.`);return e=>{let n=t(`MANAGE`)?d(e.status):null;return{busy:c.has(e.id),retryLabel:n,retry:n===null?void 0:()=>e.status===`SUCCEEDED`?T(e,()=>void m(e)):void m(e),cancel:t(`MANAGE`)&&f(e.status)?()=>E(e,()=>void _(e)):void 0}}}function T({event:e,channel:t},n){c({title:`Send it again?`,body:`${t.name} has taken this ${e.type} already. It gets it once more, with the same webhook-id, so that a receiver that drops doubles drops it.`,action:`Send again`,onConfirm:n})}function E({event:e,channel:t},n){c({title:`Cancel the delivery?`,body:`${e.type} is not sent to ${t.name} any more. What is under way right now may still arrive. You can retry it later.`,action:`Cancel the delivery`,danger:!0,onConfirm:n})}export{v as a,y as c,l as d,x as i,b as l,S as n,m as o,C as r,_ as s,w as t,p as u};