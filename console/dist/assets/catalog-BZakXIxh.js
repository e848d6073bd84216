import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t}from"./preload-helper-CjTIgT7h.js";import{d as n,i as r,l as i}from"./Waiting-C48HlERG.js";var a=e(t(),1),o=r(`
  query OwnTypes {
    eventTypes(first: 100, group: "carillon") {
      nodes {
        id
        name
        group
        description
        version
        archivedAt
      }
    }
  }
`),s=r(`
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
`),c=2e3;function l(){let e=i(),[t,n]=(0,a.useState)({});return(0,a.useEffect)(()=>{let t=!1,r=async()=>{let e=[];for(let r=null;e.length<c;){let a=await i(r);if(t)return;if(!a.data)return n({error:a.error});if(e.push(...a.data.eventTypes.nodes),r=a.data.eventTypes.pageInfo.endCursor,!a.data.eventTypes.pageInfo.hasNextPage)break}n({types:e})},i=t=>e.query(s,{after:t},{requestPolicy:`cache-first`}).toPromise();return r(),()=>{t=!0}},[e]),{types:t.types,error:t.error}}function u(){let[{data:e}]=n({query:o});return e?.eventTypes.nodes??d}var d=[];function f(e){let t=new Map;for(let n of e)t.set(n.group,[...t.get(n.group)??[],n]);return[...t.entries()].sort(([e],[t])=>e.localeCompare(t)).map(([e,t])=>({group:e,types:t.toSorted((e,t)=>e.name.localeCompare(t.name))}))}export{l as n,u as r,f as t};