import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t}from"./preload-helper-CjTIgT7h.js";import{i as n,l as r}from"./Waiting-CkTPWqSo.js";var i=e(t(),1),a=n(`
  query CatalogNames($after: String) {
    eventTypes(first: 500, after: $after) {
      nodes {
        id
        name
        group
        description
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`),o=2e3;function s(){let e=r(),[t,n]=(0,i.useState)({});return(0,i.useEffect)(()=>{let t=!1,r=async()=>{let e=[];for(let r=null;e.length<o;){let a=await i(r);if(t)return;if(!a.data)return n({error:a.error});if(e.push(...a.data.eventTypes.nodes),r=a.data.eventTypes.pageInfo.endCursor,!a.data.eventTypes.pageInfo.hasNextPage)break}n({types:e})},i=t=>e.query(a,{after:t},{requestPolicy:`cache-first`}).toPromise();return r(),()=>{t=!0}},[e]),{types:t.types,error:t.error}}function c(e){let t=new Map;for(let n of e)t.set(n.group,[...t.get(n.group)??[],n]);return[...t.entries()].sort(([e],[t])=>e.localeCompare(t)).map(([e,t])=>({group:e,types:t.toSorted((e,t)=>e.name.localeCompare(t.name))}))}export{s as n,c as t};