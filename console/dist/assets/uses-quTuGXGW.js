import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{L as t}from"./preload-helper-CjTIgT7h.js";import{d as n,i as r}from"./Waiting-C48HlERG.js";var i=e(t(),1),a=r(`
  query TemplateUses($channels: ChannelFilter, $webhooks: WebhookFilter) {
    channels(first: 500, filter: $channels) {
      nodes {
        id
        name
        template {
          id
        }
      }
      pageInfo {
        hasNextPage
      }
    }
    webhooks(first: 300, filter: $webhooks) {
      nodes {
        id
        name
        eventTypes
        routes {
          template {
            id
          }
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);function o(e){let[{data:t,error:r}]=n({query:a,variables:{channels:{tenantId:e},webhooks:{tenantId:e}}});return(0,i.useMemo)(()=>{if(!t)return r&&{of:()=>s,partial:!0};let{channels:e,webhooks:n}=t;return{of:t=>({channels:e.nodes.filter(e=>e.template?.id===t),webhooks:n.nodes.filter(e=>e.routes.some(e=>e.template.id===t))}),partial:e.pageInfo.hasNextPage||n.pageInfo.hasNextPage}},[t,r])}var s={channels:[],webhooks:[]};function c({channels:e,webhooks:t},n){let r=[l(t.length,`webhook`),l(e.length,`channel`)].filter(Boolean);return r.length===0?``:`${n?`at least `:``}${r.join(`, `)}`}function l(e,t){return e===0?``:`${e} ${t}${e===1?``:`s`}`}export{o as n,c as t};