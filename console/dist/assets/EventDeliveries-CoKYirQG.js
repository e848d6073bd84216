import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t,P as n}from"./preload-helper-CjTIgT7h.js";import{n as r,t as i}from"./useLastErrors-BC7wNTrS.js";import{n as a,r as o,t as s}from"./useActs-Ckjl3rtm.js";import{n as c}from"./Page-BA6X_q_v.js";import{i as l,n as u}from"./Waiting-C48HlERG.js";import{t as d}from"./pages-B7Z7WG-j.js";import{t as f}from"./renewal-BUjsonB0.js";import{t as p}from"./Rows-C1Hqw9-S.js";var m=e(t(),1),h=l(`
  query EventsList($first: Int, $after: String, $filter: EventFilter) {
    events(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        type
        entityId
        tags
        idempotencyKey
        createdAt
        test
        tenant {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),g=l(`
  query EventPage($id: ID!) {
    event(id: $id) {
      id
      type
      version
      entityId
      tags
      data
      idempotencyKey
      timestamp
      createdAt
      test
      tenant {
        id
        name
      }
    }
  }
`),_=l(`
  query EventDeliveries($first: Int, $after: String, $id: ID!) {
    deliveries(first: $first, after: $after, filter: { eventId: $id }) {
      nodes {
        ...DeliveryRow
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),v=l(`
  subscription EventDeliveriesUpdates($id: ID!) {
    deliveryUpdated(filter: { eventId: $id }) {
      ...DeliveryRow
    }
  }
`),y=l(`
  mutation EventReplay($id: ID!) {
    replayEvent(id: $id) {
      id
    }
  }
`),b=l(`
  mutation EventPublish($input: PublishEventInput!) {
    publishEvent(input: $input) {
      id
      type
      createdAt
    }
  }
`),x=l(`
  query EventPublishType($name: String!) {
    eventType(name: $name) {
      id
      name
      description
      version
      schema
      example
      archivedAt
    }
  }
`),S=n();function C({eventId:e,test:t,ref:n}){let l=d(_,{id:e},e=>e.deliveries),h=i(l.rows),g=e=>l.change(t=>t.map(t=>t.id===e.id?e:t)),y=s(g),b=f(l.again,l.loading),x=(0,m.useRef)(l);return x.current=l,a(v,{id:e},({deliveryUpdated:e})=>{let{rows:t,loading:n}=x.current,r=t?.some(t=>t.id===e.id);r&&g(e),(!r||n)&&b()}),o(b),(0,m.useImperativeHandle)(n,()=>({again:b})),(0,S.jsxs)(S.Fragment,{children:[(0,S.jsx)(u,{error:l.error,onRetry:l.again}),(l.rows||!l.error)&&(0,S.jsx)(p,{label:`Deliveries of the event`,columns:r({acts:y,errors:h,tenants:!1,events:!1}),rows:l.rows,id:e=>e.id,to:e=>`/deliveries/${e.id}`,more:l.more,loading:l.loading,empty:(0,S.jsx)(c,{title:`No webhook took it`,children:t?`This was a test event, which leaves no delivery.`:`No active webhook of the tenant took an event of this type, or their filters passed it over. Once one does, replay the event to send it.`})})]})}export{y as a,b as i,g as n,x as o,h as r,C as t};